import { abortable } from './abortable.js';

/** A place in the line before a semaphore, and then one of those that it lets in. */
export interface Permit {
  /** Resolves when it is held; never, when it was released before. */
  readonly acquired: Promise<void>;
  readonly isHeld: boolean;
  /** Lets the next in, or gives the place in the line up. Idempotent. */
  release(): void;
}

/** Lets so many in at a time, first come, first served. With one permit, a mutex. */
export class Semaphore {
  private readonly line: PromiseWithResolvers<void>[] = [];

  constructor(private readonly permits: number) {}

  /** Takes the last place in the line, which may be among those that are let in. It has to be released, whatever happens. */
  acquire(): Permit {
    const { line, permits } = this;
    const place = Promise.withResolvers<void>();
    const letIn = () => {
      for (const held of line.slice(0, permits)) held.resolve();
    };
    line.push(place);
    letIn();
    return {
      acquired: place.promise,
      get isHeld() {
        const at = line.indexOf(place);
        return at !== -1 && at < permits;
      },
      release: () => {
        const at = line.indexOf(place);
        if (at !== -1) line.splice(at, 1);
        letIn();
      },
    };
  }

  /** Runs `work` under a permit. Rejects with the signal's reason when it fires before that. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const permit = this.acquire();
    try {
      await abortable(permit.acquired, signal);
      return await work();
    } finally {
      permit.release();
    }
  }
}
