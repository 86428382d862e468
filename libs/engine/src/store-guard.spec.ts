import { describe, expect, it } from 'vitest';
import { FencedError, StoreUnavailableError } from './errors.js';
import type { RunClaim, RunStore } from './ports/run-store.port.js';
import { guardStore } from './store-guard.js';

const claim = {} as RunClaim;
const outage = () => new StoreUnavailableError('Away.');

/** A store that answers with these, one after the other. */
function storeThat(...answers: (Error | 'ok')[]) {
  let calls = 0;
  const answer = async () => {
    const next = answers[calls++] ?? 'ok';
    if (next !== 'ok') throw next;
  };
  const store = { beginCompleting: answer, holds: answer, claimRun: answer } as unknown as RunStore;
  return { store, calls: () => calls };
}

describe('a guarded store', () => {
  it('is asked again while it is away', async () => {
    const { store, calls } = storeThat(outage(), outage());
    await guardStore(store, 5_000).beginCompleting(claim);
    expect(calls()).toBe(3);
  });

  it('that stays away is given up when patience ends', async () => {
    const { store } = storeThat(...Array.from({ length: 20 }, outage));
    await expect(guardStore(store, 100).beginCompleting(claim)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it.each([new TypeError('Do not know how to serialize a BigInt'), new FencedError('Later.')])(
    'passes on at once what would only come back (%s)',
    async (error) => {
      const { store, calls } = storeThat(error);
      await expect(guardStore(store, 5_000).beginCompleting(claim)).rejects.toBe(error);
      expect(calls()).toBe(1);
    },
  );

  it('is not waited for by a claim or a look whether it holds', async () => {
    const { store, calls } = storeThat(outage(), outage());
    const guarded = guardStore(store, 5_000);
    await expect(guarded.holds(claim)).rejects.toThrow('Away.');
    await expect(guarded.claimRun('run_1' as never)).rejects.toThrow('Away.');
    expect(calls()).toBe(2);
  });
});
