/**
 * The limit on how long a model may be silent within its answer, and what counts as a sign of life: every byte. Between whoever
 * reads the bytes and whoever limits the silence stands the SDK, which tells of parts only, and a server may send comments for a
 * minute before the next part.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export class SilenceLimit {
  private lastSign = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param onSilence called once, when nothing was heard for `limitMs` */
  constructor(
    private readonly limitMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** Begins to listen. Idempotent. */
  start(): void {
    if (this.timer !== undefined) return;
    this.heard();
    this.wait(this.limitMs);
  }

  /** Cheap enough to be called for every piece of an answer. */
  heard(): void {
    this.lastSign = performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => {
      const left = this.lastSign + this.limitMs - performance.now();
      if (left > 0) this.wait(left);
      else this.onSilence();
    }, ms);
  }
}

const calls = new AsyncLocalStorage<() => void>();

/** Runs a model call whose signs of life go to `onSign`. */
export function hearingSignsOfLife<T>(onSign: () => void, call: () => T): T {
  return calls.run(onSign, call);
}

/** What a `fetch` for a provider calls for all bytes that arrive. To be asked for while the request is made. */
export function signOfLife(): () => void {
  return calls.getStore() ?? (() => undefined);
}
