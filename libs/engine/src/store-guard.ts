/**
 * Is patient with a store that is away for a moment. Owns for how long; what an outage is, the store says itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from './errors.js';
import type { RunStore } from './ports/run-store.port.js';
import { timings } from './timings.js';

/** A claim that fails leaves no trace and is simply delivered again; whether it holds is asked again anyway. */
const impatient: ReadonlySet<PropertyKey> = new Set<keyof RunStore>(['claimRun', 'holds']);

/**
 * The same store, which rejects with `StoreUnavailableError` only after `patienceMs`. Everything under a claim is
 * idempotent, so it is tried again until then: a restart of the database costs a pause, not an attempt. Any other error
 * would only come back and is passed on at once.
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
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(1_000, pauseMs * 2)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() + pauseMs >= deadline) throw error;
    }
    await delay(pauseMs);
  }
}
