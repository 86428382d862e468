import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, newId, type RunId, type WorkerId } from '#libs/contracts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';

const leaseMs = 60_000;
let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(async () => {
  await db?.drop();
});

async function claimBy(worker: WorkerId, runId: RunId, isAlone = false) {
  return db.store.claimRun(runId, { worker, isAlone });
}

/** A run held by a worker of its own. */
async function heldRun() {
  const worker = await db.leases.register(leaseMs);
  const { run } = await db.submit();
  const claimed = await claimBy(worker, run.id);
  if (claimed.kind !== 'claimed') throw new Error(`The run was not claimed: ${claimed.kind}.`);
  return { worker, runId: run.id, ...claimed.run };
}

/** Lets a worker's lease expire. */
async function letRunOut(worker: WorkerId): Promise<void> {
  await db.dataSource.query(
    `UPDATE worker_leases SET lease_until = clock_timestamp() - interval '1 second' WHERE id = $1`,
    [worker],
  );
}

async function judge(aliveForMs = 60_000): Promise<WorkerId> {
  const worker = await db.leases.register(leaseMs);
  await db.dataSource.query(
    `UPDATE worker_leases SET since = clock_timestamp() - $2 * interval '1 millisecond' WHERE id = $1`,
    [worker, aliveForMs],
  );
  return worker;
}

describe('a run that a living worker has', () => {
  it('is claimed by nobody else, nor a second time by the same', async () => {
    const { worker, runId, claim } = await heldRun();
    expect(await claimBy(await db.leases.register(leaseMs), runId)).toEqual({ kind: 'nothing-to-do' });
    expect(await claimBy(worker, runId)).toEqual({ kind: 'nothing-to-do' });
    expect(await db.held.loseIfGone(runId)).toBeNull();
    expect(await db.held.ofGoneWorkers()).not.toContain(runId);
    expect(await db.store.holds(claim)).toBe(true);
  });

  it('stays with it although its lease has run out, until somebody judges so', async () => {
    const { worker, runId } = await heldRun();
    await letRunOut(worker);
    expect(await claimBy(await db.leases.register(leaseMs), runId)).toEqual({ kind: 'nothing-to-do' });
    // All leases expire together while the database is away, so a worker that has just renewed its own gives the others
    // time.
    await db.leases.endOverdue(await judge(100));
    expect(await db.held.loseIfGone(runId)).toBeNull();
    expect(await db.leases.renew(worker, leaseMs)).toBe(true);
  });
});

describe('a run whose worker has gone', () => {
  it('is lost once, by whoever comes first, with the cause, and its claim holds no more', async () => {
    const { worker, runId, claim } = await heldRun();
    expect(await Promise.all([1, 2, 3].map(() => db.leases.declareEnded(worker)))).toContain(true);
    expect(await db.leases.declareEnded(worker)).toBe(false);
    expect(await db.leases.renew(worker, leaseMs)).toBe(false);
    expect(await db.held.ofGoneWorkers()).toContain(runId);
    const lost = await Promise.all([1, 2, 3].map(() => db.held.loseIfGone(runId)));
    expect(lost.filter((one) => one !== null)).toEqual([{ attempts: 1, cause: 'KILLED' }]);
    expect(db.effects.filter((effect) => effect.type === 'dispatch-run' && effect.runId === runId)).toEqual([
      // From its submission.
      { type: 'dispatch-run', runId, attempts: 0 },
      { type: 'dispatch-run', runId, attempts: 1 },
    ]);
    expect(await db.reader.run(LOCAL_USER_ID, runId)).toMatchObject({ status: 'QUEUED', attempts: 1 });
    expect(await db.store.holds(claim)).toBe(false);
    const next = await claimBy(await db.leases.register(leaseMs), runId);
    expect(next).toMatchObject({ kind: 'claimed', run: { lost: { attempt: 1, cause: 'KILLED' } } });
  });

  it('is lost as cut off when the worker has said so itself', async () => {
    const { worker, runId } = await heldRun();
    await db.leases.setCutOff(worker, true);
    await db.leases.declareEnded(worker);
    expect(await db.held.loseIfGone(runId)).toMatchObject({ cause: 'CUT_OFF' });
  });

  it('is not lost when a worker that nobody sees renews its lease', async () => {
    const { worker, runId } = await heldRun();
    expect(await db.leases.declareEnded(worker, 3_000)).toBe(false);
    expect(await db.held.loseIfGone(runId)).toBeNull();
    await db.dataSource.query(
      `UPDATE worker_leases SET renewed_at = clock_timestamp() - interval '4 seconds' WHERE id = $1`,
      [worker],
    );
    expect(await db.leases.declareEnded(worker, 3_000)).toBe(true);
  });

  it('is lost as hung when its lease ran out', async () => {
    const { worker, runId } = await heldRun();
    await letRunOut(worker);
    await db.leases.endOverdue(await judge());
    expect(await db.held.loseIfGone(runId)).toMatchObject({ cause: 'HUNG' });
  });

  it('is lost by its next claim, when nobody has done so before', async () => {
    const { worker, runId } = await heldRun();
    await db.leases.declareEnded(worker);
    const next = await claimBy(await db.leases.register(leaseMs), runId);
    expect(next).toMatchObject({ kind: 'claimed', run: { claim: { attempt: 2 }, lost: { cause: 'KILLED' } } });
  });

  it('is executed alone in its last attempt, and fails when that is lost too', async () => {
    const { run } = await db.submit();
    const die = async (isAlone = false) => {
      const worker = await db.leases.register(leaseMs);
      const { kind } = await claimBy(worker, run.id, isAlone);
      if (kind === 'claimed') await db.leases.declareEnded(worker);
      return kind;
    };
    expect([await die(), await die(), await die(), await die(true), await die()]).toEqual([
      'claimed',
      'claimed',
      'alone-only',
      'claimed',
      'exhausted',
    ]);
  });

  it('has used up nothing when it was cut off or handed back', async () => {
    const { run } = await db.submit();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const worker = await db.leases.register(leaseMs);
      expect(await claimBy(worker, run.id)).toMatchObject({ kind: 'claimed', run: { claim: { attempt } } });
      await db.leases.setCutOff(worker, true);
      await db.leases.declareEnded(worker);
      await db.held.loseIfGone(run.id);
    }
  });
});

describe('a run that its worker has lost sight of', () => {
  it('is released by the worker itself, unless it has it in hand', async () => {
    const { worker, runId } = await heldRun();
    expect(await db.held.strays(worker, [runId])).toEqual([]);
    expect(await db.held.strays(newId('worker'), [])).toEqual([]);
    expect(await db.held.strays(worker, [])).toEqual([runId]);
    expect(await db.held.releaseStray(newId('worker'), runId)).toBe(false);
    expect(await db.held.releaseStray(worker, runId)).toBe(true);
    expect(db.effects.at(-1)).toEqual({ type: 'dispatch-run', runId, attempts: 1 });
    expect(await db.held.releaseStray(worker, runId)).toBe(false);
  });
});

describe('a worker that has gone', () => {
  it('is forgotten as soon as it holds nothing', async () => {
    const { worker, runId } = await heldRun();
    const by = await judge();
    await db.leases.declareEnded(worker);
    const known = async () => db.dataSource.query('SELECT 1 FROM worker_leases WHERE id = $1', [worker]);
    await db.leases.endOverdue(by);
    expect(await known()).toHaveLength(1);
    await db.held.loseIfGone(runId);
    await db.leases.endOverdue(by);
    expect(await known()).toEqual([]);
    expect(await db.leases.peersOf(by)).not.toContain(worker);
  });
});
