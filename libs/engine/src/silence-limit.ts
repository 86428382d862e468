/**
 * The limit on how long a model may be silent within its answer. Every byte counts as a sign of life. The SDK, which stands
 * between the code that reads bytes and the code that limits silence, reports parts only, and a server may send comments
 * for a minute before the next part.
 */
export class SilenceLimit {
  private lastSign = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param onSilence called once, when nothing was heard for `limitMs` */
  constructor(
    private readonly limitMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** Starts the limit. Idempotent. */
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
