/**
 * Tells a failure of the store from a failure of the agent. Owns the wrapping; knows nothing of databases.
 */
import { FencedError, OutputLimitError } from './errors.js';
import type { RunStore } from './ports/run-store.port.js';

/** The store could not answer. It says nothing about the run, which is left for another delivery. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** The same store, whose errors are `FencedError`, `OutputLimitError` or `StoreUnavailableError`. */
export function guardStore(store: RunStore): RunStore {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          if (error instanceof FencedError || error instanceof OutputLimitError) throw error;
          throw new StoreUnavailableError('The store could not answer.', { cause: error });
        }
      };
    },
  });
}
