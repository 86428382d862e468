/**
 * How often the viewers of one workflow are served. Owns the curve; sets no timer.
 */

/** At most this long does a hot workflow keep its viewers waiting: four deliveries a second. */
const slowestBeatMs = 250;
const viewersServedAtOnce = 20;

/**
 * The least time between two deliveries to each viewer, in milliseconds. A few viewers are served at once. With more the
 * beat slows down, from 5 ms to its slowest at a thousand viewers.
 */
export function beatForViewers(viewers: number): number {
  return viewers <= viewersServedAtOnce ? 0 : Math.min(slowestBeatMs, viewers / 4);
}
