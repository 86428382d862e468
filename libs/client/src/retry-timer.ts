/** Decides when a session that has lost its connection tries again. */
import type { Connectivity } from './device.js';
import { backoffMs } from './retrying.js';

export class RetryTimer {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private notBefore = 0;
  private connectivity: Connectivity | null = null;
  private stopListening: (() => void) | null = null;

  /**
   * @param random a number in [0, 1) for the jitter
   * @param woken called when a try has become more promising, even while one hangs; by default brings a pending try forward
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

  /** Lets events of the device bring a try forward, but not before the time that the server asked for. */
  listenTo(connectivity: Connectivity): void {
    this.connectivity = connectivity;
    this.stopListening = connectivity.onWake(() => {
      if (Date.now() >= this.notBefore) this.woken();
    });
  }

  /**
   * Schedules one try after the time that the server asked for plus a random delay, so that clients that got the same
   * answer do not return at the same moment.
   * @param failed failed tries so far, from 1
   */
  schedule(failed: number, retryAfterMs: number): void {
    this.cancel();
    this.notBefore = Date.now() + retryAfterMs;
    const watched = this.connectivity?.isWatched?.() ?? true;
    this.timer = setTimeout(this.attempt, retryAfterMs + backoffMs(failed, this.random(), watched));
  }

  /** Schedules one try after this time, or earlier when an event brings it forward. */
  scheduleIn(ms: number): void {
    this.cancel();
    this.notBefore = 0;
    this.timer = setTimeout(this.attempt, ms);
  }

  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Cancels a pending try and stops listening to the device. */
  stop(): void {
    this.cancel();
    this.stopListening?.();
    this.stopListening = null;
  }
}
