/** How long to wait before the next try. Owns the curve; sets no timer. */

const BASE_MS = 400;
/** While somebody looks. Longer: a network that is fine again is noticed late. */
const WATCHED_CAP_MS = 4_000;
/** While nobody does; whoever looks again is not kept waiting. */
const UNWATCHED_CAP_MS = 15_000;

/**
 * Full jitter: anywhere between 0 and a bound that doubles with each failed try, so that thousands of viewers of one
 * restarted server come back spread out.
 * @param attempt failed tries so far, from 1
 * @param random a number in [0, 1)
 * @param watched whether somebody looks at what is waited for
 * @returns milliseconds
 */
export function reconnectDelayMs(attempt: number, random: number, watched = true): number {
  const capMs = watched ? WATCHED_CAP_MS : UNWATCHED_CAP_MS;
  return Math.round(random * Math.min(capMs, BASE_MS * 2 ** Math.min(attempt, 10)));
}
