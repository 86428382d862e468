/** Trying again what failed for the moment: how long to wait, how often, and the key with which it may be done twice. */
import { isHoldfastFailure } from './errors.js';

/** 128 random bits as hex. Works in pages served without TLS as well, where `crypto.randomUUID` does not exist. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const BASE_MS = 400;
/** While somebody looks. Longer: a network that is fine again is noticed late. */
const WATCHED_CAP_MS = 4_000;
/** While nobody does; whoever looks again is not kept waiting. */
const UNWATCHED_CAP_MS = 15_000;

/**
 * Full jitter: anywhere between 0 and a bound that doubles with each failed try, so that thousands of clients of one
 * restarted server come back spread out.
 * @param attempt failed tries so far, from 1
 * @param random a number in [0, 1)
 * @param watched whether somebody looks at what is waited for
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: number, watched = true): number {
  const capMs = watched ? WATCHED_CAP_MS : UNWATCHED_CAP_MS;
  return Math.round(random * Math.min(capMs, BASE_MS * 2 ** Math.min(attempt, 10)));
}

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
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(failed, random()));
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
