import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, type WorkflowId } from '#libs/contracts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { PostgresEpochGrants } from './epoch-grants.js';

let db: TestDatabase;
let grants: PostgresEpochGrants;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  grants = new PostgresEpochGrants(db.dataSource);
});
afterAll(() => db.drop());

const cursorOf = async (id: WorkflowId) => (await db.reader.workflow(LOCAL_USER_ID, id))?.cursor;

describe('an epoch beyond a log that is ahead', () => {
  it('takes the place of a claim that still holds, once, and the run goes on under it', async () => {
    const { claim } = await db.submitAndClaim();
    expect(await grants.grantBeyond(claim, 9)).toBe(10);
    expect(await cursorOf(claim.workflowId)).toBe(cursorAt(10, 0));
    expect(await db.store.holds(claim)).toBe(false);
    expect(await db.store.holds({ ...claim, epoch: 10 })).toBe(true);
    expect(await grants.grantBeyond(claim, 9)).toBeNull();
    const end = await db.store.finishRun({ ...claim, epoch: 10 }, { status: 'CANCELED' }, null);
    expect(end).toMatchObject({ runId: claim.runId, epoch: 10 });
  });

  it('is not given over the head of whoever holds the workflow', async () => {
    const { claim } = await db.submitAndClaim();
    expect(await grants.grantUnheldBeyond(claim.workflowId, 9)).toEqual({ kind: 'held' });
    const longAgo = `UPDATE runs SET heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1`;
    await db.dataSource.query(longAgo, [claim.runId]);
    expect(await grants.grantUnheldBeyond(claim.workflowId, claim.epoch)).toEqual({ kind: 'same-history' });
    expect(await grants.grantUnheldBeyond(claim.workflowId, 9)).toMatchObject({ granted: { epoch: 10, ends: [] } });
    expect(await grants.grantUnheldBeyond(claim.workflowId, 9)).toEqual({ kind: 'same-history' });
    expect(await grants.latestEpochs([claim.workflowId])).toEqual(new Map([[claim.workflowId, 10]]));
    expect(await db.store.claimRun(claim.runId)).toMatchObject({ kind: 'claimed', run: { claim: { epoch: 11 } } });
  });

  it('brings along the ends that are not published', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    expect(await grants.grantUnheldBeyond(claim.workflowId, 9)).toMatchObject({
      granted: { ends: [{ runId: claim.runId, epoch: claim.epoch }] },
    });
  });
});
