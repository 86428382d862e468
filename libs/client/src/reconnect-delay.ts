/** How long to wait before the next try. Owns the curve; sets no timer. */

const BASE_MS = 400;
const CAP_MS = 15_000;

/**
 * Full jitter: anywhere between 0 and a bound that doubles with each failed try, so that thousands of viewers of one
 * restarted server come back spread out.
 * @param attempt failed tries so far, from 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10)));
}
