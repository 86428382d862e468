/** When a session that has lost its connection tries again. */
import type { Connectivity } from './device.js';
import { backoffMs } from './retrying.js';

export class RetryTimer {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private notBefore = 0;
  private connectivity: Connectivity | null = null;
  private stopListening: (() => void) | null = null;

  /**
   * @param random a number in [0, 1) for the jitter
   * @param woken what to do when trying has become more promising, also while a try hangs; a pending try when absent
   */
  constructor(
    private readonly attempt: () => void,
    private readonly random: () => number,
    private readonly woken: () => void = () => {
      if (this.pending) this.attempt();
    },
  ) {}

  /** Whether a try is due. */
  get pending(): boolean {
    return this.timer !== null;
  }

  /** Lets what happens to the device bring a try forward, but not before the server wants it. */
  listenTo(connectivity: Connectivity): void {
    this.connectivity = connectivity;
    this.stopListening = connectivity.onWake(() => {
      if (Date.now() >= this.notBefore) this.woken();
    });
  }

  /**
   * Tries once, later: after what the server asked for, and a random time behind that, so that all who were told the
   * same do not come back at the same moment.
   * @param failed failed tries so far, from 1
   */
  schedule(failed: number, retryAfterMs: number): void {
    this.cancel();
    this.notBefore = Date.now() + retryAfterMs;
    const watched = this.connectivity?.isWatched?.() ?? true;
    this.timer = setTimeout(this.attempt, retryAfterMs + backoffMs(failed, this.random(), watched));
  }

  /** Tries once after this time, or as soon as something brings a try forward. */
  scheduleIn(ms: number): void {
    this.cancel();
    this.notBefore = 0;
    this.timer = setTimeout(this.attempt, ms);
  }

  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Calls off what is due and listens to the device no more. */
  stop(): void {
    this.cancel();
    this.stopListening?.();
    this.stopListening = null;
  }
}
