/**
 * How long somebody who asks may be left without an answer. Owns the clock of one operation; what is given up goes on in the
 * background, bounded by the limits of whatever it waits for, and may still succeed.
 */
import { limits } from '#libs/contracts';
import { ApiError } from './api-error.js';

const sentence =
  'This took too long. Try again: a change that was asked for may have been made all the same, and the same idempotency key finds it.';

export class Deadline {
  private endsAt: number;
  private readonly waiting = new Set<(error: ApiError) => void>();
  private timer: NodeJS.Timeout | null = null;
  private wasMissed = false;

  constructor(ms: number = limits.operationMs) {
    this.endsAt = performance.now() + ms;
  }

  /** Whether anything was refused because of it. */
  get missed(): boolean {
    return this.wasMissed;
  }

  /** Throws `refusal` when it has passed. To be asked before work begins. */
  check(): void {
    // A timer may fire up to a millisecond before the clock gets there.
    if (!this.wasMissed && performance.now() < this.endsAt) return;
    this.wasMissed = true;
    throw this.refusal;
  }

  /** What is answered when it has passed: UNAVAILABLE, which says that trying again may help. */
  get refusal(): ApiError {
    return new ApiError('UNAVAILABLE', sentence);
  }

  /** What `work` resolves to, or a rejection with `refusal` when that takes longer. Later results are dropped. */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.start();
      work.then(resolve, reject).finally(() => {
        this.waiting.delete(reject);
        if (this.waiting.size === 0) this.stop();
      });
    });
  }

  /** Gives what is waited for, and what is still to come, so much longer. */
  extend(ms: number): void {
    this.endsAt += ms;
    if (this.timer === null) return;
    this.stop();
    this.start();
  }

  /** Ends every wait at once: nothing that is still to come can be used. */
  giveUp(reason: ApiError): void {
    this.stop();
    for (const refuse of this.waiting) refuse(reason);
    this.waiting.clear();
  }

  /** One timer for as long as anything is waited for: an operation may wait for thousands of values. */
  private start(): void {
    this.timer ??= setTimeout(() => this.end(), Math.max(0, this.endsAt - performance.now()));
  }

  private end(): void {
    this.wasMissed = true;
    this.giveUp(this.refusal);
  }

  private stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
