/** The size of a suite: one that suits a pull request, and the long one of `npm test -- --long`. */
export const isLongRun = process.env.HOLDFAST_TEST_LONG === 'true';

export function sized<T>(usual: T, long: T): T {
  return isLongRun ? long : usual;
}

/**
 * The time limit of one test, in milliseconds. Waits have limits of their own, so this one only has to be large enough for
 * a machine with a third of a core to spare, where the longest test takes two minutes.
 */
export const faultTimeoutMs = sized(300_000, 1_200_000);
