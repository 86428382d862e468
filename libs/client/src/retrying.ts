/**
 * Trying again what failed for the moment. Owns how often and how long; only for what may safely be done twice.
 */
import { isHoldfastFailure } from './errors.js';
import { reconnectDelayMs } from './reconnect-delay.js';

/** How often something is tried before its failure is told. More: a longer wait before anybody hears of it. */
const TRIES = 4;
/** No try begins later than this after the first: whoever asked wants to know. A server that wants to be left alone for longer is left alone. */
const LAST_TRY_MS = 10_000;

/**
 * The first answer of `attempt`. Tries again after a failure that says that this may help, with full jitter, and not
 * before the server wants it.
 * @throws the failure of the last try; the reason of `signal` when that fires while waiting
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { signal, random = Math.random }: { signal: AbortSignal; random?: () => number },
): Promise<T> {
  const begun = performance.now();
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHoldfastFailure(error) || !error.retryable || failed === TRIES) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, reconnectDelayMs(failed, random()));
      if (performance.now() - begun + waitMs > LAST_TRY_MS) throw error;
      await pause(waitMs, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
