/**
 * Tells a failure of the store from a failure of the agent, and is patient with a store that is away for a moment. Owns
 * the wrapping; knows nothing of databases.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { FencedError, OutputLimitError, StreamLostError } from './errors.js';
import type { RunStore } from './ports/run-store.port.js';
import { timings } from './timings.js';

/** The store could not answer. It says nothing about the run, which is left for another delivery. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** Whether an error says something about the step, not about who holds the run or what can be reached. */
export function belongsToStep(error: unknown): boolean {
  return !(error instanceof FencedError || error instanceof StreamLostError || error instanceof StoreUnavailableError);
}

/** A claim that fails leaves no trace and is simply delivered again; a heartbeat comes again by itself. */
const impatient: ReadonlySet<PropertyKey> = new Set<keyof RunStore>(['claimRun', 'heartbeat']);

/**
 * The same store, whose errors are `FencedError`, `OutputLimitError` or `StoreUnavailableError`. Everything under a claim
 * is idempotent, so it is tried again for `patienceMs`: a restart of the database costs a pause, not an attempt.
 */
export function guardStore(store: RunStore, patienceMs: number = timings.storePatienceMs): RunStore {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      const patience = impatient.has(property) ? 0 : patienceMs;
      return (...args: unknown[]) => withPatience(patience, () => Reflect.apply(member, target, args));
    },
  });
}

async function withPatience(patienceMs: number, call: () => Promise<unknown>): Promise<unknown> {
  const deadline = Date.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(1_000, pauseMs * 2)) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof FencedError || error instanceof OutputLimitError) throw error;
      if (Date.now() + pauseMs >= deadline) {
        throw new StoreUnavailableError('The store could not answer.', { cause: error });
      }
    }
    await delay(pauseMs);
  }
}
