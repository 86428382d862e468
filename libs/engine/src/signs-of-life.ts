/**
 * Signs of life of a model's provider during a call. Owns the way from whoever reads its bytes to whoever limits its
 * silence: between the two stands the SDK, which tells of parts only, and a server may send comments for a minute before
 * the next part.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const calls = new AsyncLocalStorage<() => void>();

/** Runs a model call whose signs of life go to `onSign`. */
export function hearingSignsOfLife<T>(onSign: () => void, call: () => T): T {
  return calls.run(onSign, call);
}

/** What a `fetch` for a provider calls for all bytes that arrive. To be asked for while the request is made. */
export function signOfLife(): () => void {
  return calls.getStore() ?? (() => undefined);
}
