/**
 * Waiting that ends with a signal, or not at all, whatever the work does. What is left behind goes on by
 * itself.
 */

/**
 * The outcome of `work`, or a rejection with the signal's reason as soon as it fires. Work that never listens to a
 * signal can therefore not hold up a run; its late outcome is dropped.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The same promise, which an agent may leave alone: its failure must not surface as an unhandled rejection. */
export function quietly<T>(result: Promise<T>): Promise<T> {
  result.catch(() => undefined);
  return result;
}
