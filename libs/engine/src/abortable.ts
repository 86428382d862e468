/** Waiting that an abort signal can end, whatever the awaited work does. The work itself continues in the background. */

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it fires. Work that ignores the signal therefore
 * cannot hold up a run; its late outcome is dropped.
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

/** Returns the same promise, but its failure never counts as an unhandled rejection, so an agent need not await it. */
export function quietly<T>(result: Promise<T>): Promise<T> {
  result.catch(() => undefined);
  return result;
}
