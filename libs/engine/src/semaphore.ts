import { abortable } from './abortable.js';

/** A place in a semaphore's queue, and later one of its permits. */
export interface Permit {
  /** Resolves when the permit is held; never resolves if it is released before. */
  readonly acquired: Promise<void>;
  readonly isHeld: boolean;
  /** Returns the permit, or leaves the queue. Idempotent. */
  release(): void;
}

/** Limits how many run at a time, first come, first served. With one permit, a mutex. */
export class Semaphore {
  private readonly line: PromiseWithResolvers<void>[] = [];

  constructor(private readonly permits: number) {}

  /** Joins the end of the queue, and may get a permit at once. The result must be released in every case. */
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

  /** Runs `work` with a permit. Rejects with the signal's reason when it fires before that. */
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
