import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { FencedError, type RunClaim, StoreUnavailableError } from '#libs/engine';
import { PostgresRunStore } from './postgres-run-store.js';

const claim = {} as RunClaim;
const outage = () => Object.assign(new Error('No such host.'), { code: 'ENOTFOUND' });

/** A store whose database fails with these errors, one after the other, and then works. */
function storeThat(patienceMs: number, ...answers: Error[]) {
  let calls = 0;
  const answer = async () => {
    const failure = answers[calls++];
    if (failure) throw failure;
    return [{ answer_0: 'done' }];
  };
  const dataSource = { query: answer, options: { schema: 'holdfast' } } as unknown as DataSource;
  return { store: new PostgresRunStore(dataSource, () => undefined, patienceMs), calls: () => calls };
}

describe('a database that is away', () => {
  it('is asked again under a claim', async () => {
    const { store, calls } = storeThat(5_000, outage(), outage());
    expect(await store.beginCompleting(claim)).toEqual({ since: 'done', completed: null });
    expect(calls()).toBe(3);
  });

  it('is given up when it stays away for longer than the patience', async () => {
    const { store } = storeThat(100, ...Array.from({ length: 20 }, outage));
    await expect(store.beginCompleting(claim)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it.each([new TypeError('Do not know how to serialize a BigInt'), new FencedError('Later.')])(
    'is not taken for the cause of what would only come back (%s)',
    async (error) => {
      const { store, calls } = storeThat(5_000, error);
      await expect(store.beginCompleting(claim)).rejects.toBe(error);
      expect(calls()).toBe(1);
    },
  );

  it('is not waited for by a claim', async () => {
    const { store, calls } = storeThat(5_000, outage());
    await expect(store.claimRun('run_1' as never)).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(calls()).toBe(1);
  });
});
