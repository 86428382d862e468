import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

const success = { status: 'SUCCEEDED', title: null, saveRevision: false } as const;

describe('the end of a run', () => {
  it('is one of two when a cancel arrives at the same time, and both sides agree on which', async () => {
    for (let round = 0; round < 50; round++) {
      const { claim } = await db.submitAndClaim();
      const cancel = () => db.cancellation.cancel(claim.ownerId, claim.runId);
      const finish = () =>
        db.store.finishRun(claim, success, null).catch((error: unknown) => {
          if (error instanceof Error && error.name === 'FencedError') return null;
          throw error;
        });
      // Both wait for the same row lock when the gate opens; in every other round the cancel is first in line.
      const gate = await db.lockWorkflow(claim.workflowId);
      const cancelFirst = round % 2 === 0;
      const canceling = cancelFirst ? cancel() : null;
      if (canceling) await gate.waitForWaiters(1);
      const finishing = finish();
      await gate.waitForWaiters(canceling ? 2 : 1);
      const late = canceling ?? cancel();
      await gate.waitForWaiters(2);
      await gate.open();
      const [finished, canceled] = await Promise.all([finishing, late]);

      const run = await db.reader.run(claim.ownerId, claim.runId);
      expect(run?.status).toBe(finished ? 'SUCCEEDED' : 'CANCELED');
      expect(finished !== null).toBe(!cancelFirst);
      expect(canceled.kind).toBe(finished ? 'already-finished' : 'canceled');
      const events = await db.reader.runEvents(claim.ownerId, claim.runId, { first: 100, after: null });
      expect(events.rows.filter(({ type }) => /^run_(succeeded|canceled|failed)$/.test(type))).toHaveLength(1);
    }
  });

  it('is decided the same way without any order between the two', async () => {
    for (let round = 0; round < 50; round++) {
      const { claim } = await db.submitAndClaim();
      const [finished, canceled] = await Promise.allSettled([
        db.store.finishRun(claim, success, null),
        db.cancellation.cancel(claim.ownerId, claim.runId),
      ]);
      const won = finished.status === 'fulfilled' && finished.value !== null;
      expect(canceled).toMatchObject({ value: { kind: won ? 'already-finished' : 'canceled' } });
      const run = await db.reader.run(claim.ownerId, claim.runId);
      expect(run?.status).toBe(won ? 'SUCCEEDED' : 'CANCELED');
    }
  });
});
