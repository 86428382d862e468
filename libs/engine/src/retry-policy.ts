/**
 * When a failed step is tried again. Owns which errors are final and the delays; never waits itself.
 */
import { FatalError, OutputLimitError, RetryableError } from './errors.js';
import { STEP_RETRIES, timings } from './timings.js';

/**
 * Milliseconds until try `attempt + 1`, or `null` when the failure is final. `attempt` counts from 1. An error of unknown
 * kind may be a passing one, so it is tried again; who knows better throws a `FatalError`.
 */
export function retryDelayMs(
  error: unknown,
  attempt: number,
  retries: number = STEP_RETRIES,
  random: () => number = Math.random,
): number | null {
  const isFinal = error instanceof FatalError || error instanceof OutputLimitError;
  if (isFinal || attempt > retries) return null;
  if (error instanceof RetryableError && error.retryAfterMs !== null) {
    return error.retryAfterMs <= timings.retryAfterMaxMs ? error.retryAfterMs : null;
  }
  const ceiling = Math.min(timings.retryMaxMs, timings.retryBaseMs * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}
