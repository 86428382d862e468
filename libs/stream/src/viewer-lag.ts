/**
 * How far one viewer lags behind its tail, in bytes. Owns what counts: what arrived since the viewer was last caught up (or
 * began), less what it was delivered since. What was there before does not count.
 */
export class ViewerLag {
  private arrivedBefore = 0;
  private deliveredSince = 0;

  constructor(private readonly maxBytes: number) {}

  /** From here on nothing is missing. */
  forget(arrivedBytes: number): void {
    this.arrivedBefore = arrivedBytes;
    this.deliveredSince = 0;
  }

  deliver(bytes: number): void {
    this.deliveredSince += bytes;
  }

  isTooLarge(arrivedBytes: number): boolean {
    // Below zero while a viewer replays what was there before it began.
    return arrivedBytes - this.arrivedBefore - this.deliveredSince > this.maxBytes;
  }
}
