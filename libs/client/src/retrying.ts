/** Retrying temporary failures: how long to wait, how often, and the idempotency key that makes a repeat safe. */
import { isHoldfastFailure } from './errors.js';
import { unlessAborted } from './unless-aborted.js';

/** 128 random bits as hex. Also works in pages served without TLS, where `crypto.randomUUID` does not exist. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const BASE_MS = 400;
/** While the user is looking. Longer: a recovered network is noticed later. */
const WATCHED_CAP_MS = 4_000;
/** While the user is not looking; looking again brings the next try forward. */
const UNWATCHED_CAP_MS = 15_000;

/**
 * Full jitter: anywhere between 0 and a bound that doubles with each failed try, so that thousands of clients of a
 * restarted server return spread out.
 * @param attempt failed tries so far, from 1
 * @param random a number in [0, 1)
 * @param watched whether the user is looking
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: number, watched = true): number {
  const capMs = watched ? WATCHED_CAP_MS : UNWATCHED_CAP_MS;
  return Math.round(random * Math.min(capMs, BASE_MS * 2 ** Math.min(attempt, 10)));
}

/** How often something is tried before its failure is reported. More: callers wait longer for the failure. */
const TRIES = 4;
/**
 * No try begins later than this after the first, because the caller wants a result. When the server asks for a longer
 * pause, there is no further try.
 */
const LAST_TRY_MS = 10_000;

/**
 * The first successful result of `attempt`. Retries failures that are `retryable`, with full jitter, and not before the
 * time that the server asked for.
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
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return unlessAborted(over, signal).finally(() => clearTimeout(timer));
}
