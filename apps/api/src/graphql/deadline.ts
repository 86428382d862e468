/**
 * The deadline of one operation. Work that misses it continues in the background, bounded by the limits of whatever it
 * waits for, and may still succeed.
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

  /** Whether anything was refused because the deadline passed. */
  get missed(): boolean {
    return this.wasMissed;
  }

  /** Throws `refusal` when the deadline has passed. Call it before starting work. */
  check(): void {
    // A timer may fire up to a millisecond before its time by this clock.
    if (!this.wasMissed && performance.now() < this.endsAt) return;
    this.wasMissed = true;
    throw this.refusal;
  }

  /** The error for a missed deadline: UNAVAILABLE, which tells clients that a retry may help. */
  get refusal(): ApiError {
    return new ApiError('UNAVAILABLE', sentence);
  }

  /** Resolves as `work` does; rejects with `refusal` when the deadline passes first. Later results are dropped. */
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

  /** Moves the deadline back by `ms`, for current and future waits. */
  extend(ms: number): void {
    this.endsAt += ms;
    if (this.timer === null) return;
    this.stop();
    this.start();
  }

  /** Ends every wait at once with `reason`: no further result can be used. */
  giveUp(reason: ApiError): void {
    this.stop();
    for (const refuse of this.waiting) refuse(reason);
    this.waiting.clear();
  }

  /** A single timer serves all waits, because an operation may wait for thousands of values. */
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
