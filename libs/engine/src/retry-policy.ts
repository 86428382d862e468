/**
 * When a failed step is tried again. Owns the delays; never waits itself.
 */
import { RetryableError } from './errors.js';
import { STEP_RETRIES, timings } from './timings.js';

/** Milliseconds until try `attempt + 1`, or `null` when the failure is final. `attempt` counts from 1. */
export function retryDelayMs(error: unknown, attempt: number, random: () => number = Math.random): number | null {
  if (!(error instanceof RetryableError) || attempt > STEP_RETRIES) return null;
  if (error.retryAfterMs !== null) {
    return error.retryAfterMs <= timings.retryAfterMaxMs ? error.retryAfterMs : null;
  }
  const ceiling = Math.min(timings.retryMaxMs, timings.retryBaseMs * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
