/**
 * Lets several streams go on together, in bursts. While many answers arrive at once, a process that works on each piece by
 * itself spends most of its time waking up, with cold caches and with system calls that several pieces could share (ADR 36).
 */
import { timings } from './timings.js';

interface Gathering {
  first: object;
  hasOthers: boolean;
  over: Promise<void>;
}

export class BurstPace {
  private wentAt = Number.NEGATIVE_INFINITY;
  /** The stream that went on last; `null` after several did. */
  private last: object | null = null;
  private gathering: Gathering | null = null;
  /** When each stream last had something. */
  private readonly heardAt = new WeakMap<object, number>();

  /** @param gatherMs the longest that a stream waits for others */
  constructor(private readonly gatherMs: number) {}

  /**
   * Resolves when this stream may go on; `null` when it may at once. A stream waits only if another one went on within the
   * last `gatherMs`, so one that is alone never does, and neither does the first piece after a pause.
   */
  turn(stream: object): Promise<void> | null {
    const now = performance.now();
    const isAfterPause = now - (this.heardAt.get(stream) ?? Number.NEGATIVE_INFINITY) > timings.gatherPauseMs;
    this.heardAt.set(stream, now);
    if (this.gathering && !isAfterPause) {
      this.gathering.hasOthers ||= this.gathering.first !== stream;
      return this.gathering.over;
    }
    const left = this.wentAt + this.gatherMs - now;
    if (left <= 0 || this.last === stream || isAfterPause) {
      this.went(stream, now);
      return null;
    }
    const over = new Promise<void>((resolve) => setTimeout(resolve, left)).then(() => this.release());
    this.gathering = { first: stream, hasOthers: false, over };
    return over;
  }

  private release(): void {
    const { first, hasOthers } = this.gathering ?? { first: null, hasOthers: true };
    this.gathering = null;
    this.went(hasOthers ? null : first, performance.now());
  }

  private went(by: object | null, at: number): void {
    this.wentAt = at;
    this.last = by;
  }
}
