import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, type RunId, runErrorInfo } from '#libs/contracts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

const success = { status: 'SUCCEEDED', title: null, saveRevision: false } as const;

/** Moves a time of a run into the past, instead of waiting. */
function backdate(runId: RunId, column: 'created_at' | 'heartbeat_at' | 'finished_at' | 'closing_since') {
  return db.dataSource.query(`UPDATE runs SET ${column} = ${column} - interval '1 hour' WHERE id = $1`, [runId]);
}

async function isStranded(runId: RunId): Promise<boolean> {
  return (await db.stranded.runsWithoutHeartbeat(60_000)).some((run) => run.runId === runId);
}

async function isUnclosed(runId: RunId): Promise<boolean> {
  return (await db.stranded.unclosedStreams(60_000)).some((run) => run.runId === runId);
}

describe('a run without a sign of life', () => {
  it('is found when nobody has claimed it for long enough', async () => {
    const { run, workflow } = await db.submit();
    expect(await isStranded(run.id)).toBe(false);
    await backdate(run.id, 'created_at');
    expect(await db.stranded.runsWithoutHeartbeat(60_000)).toContainEqual({
      runId: run.id,
      workflowId: workflow.id,
      attempts: 0,
    });
  });

  it('is found when no known worker has it, until it is taken again', async () => {
    const { claim } = await db.submitAndClaim();
    await backdate(claim.runId, 'created_at');
    expect(await isStranded(claim.runId)).toBe(false);
    await backdate(claim.runId, 'heartbeat_at');
    expect(await isStranded(claim.runId)).toBe(true);
    await db.claim(claim.runId);
    expect(await isStranded(claim.runId)).toBe(false);
  });

  it('is not looked for once it has ended', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, success, null);
    await backdate(claim.runId, 'heartbeat_at');
    expect(await isStranded(claim.runId)).toBe(false);
  });
});

describe('a run whose end is not published', () => {
  it('is found, closed under an epoch of its own, and not found again', async () => {
    const { claim } = await db.submitAndClaim();
    const error = runErrorInfo('MODEL_REFUSED');
    await db.store.finishRun(claim, { status: 'FAILED', error }, null);
    expect(await isUnclosed(claim.runId)).toBe(false);
    await backdate(claim.runId, 'finished_at');
    expect(await isUnclosed(claim.runId)).toBe(true);

    const closing = await db.stranded.claimClosing(claim.runId);
    const run = await db.reader.run(LOCAL_USER_ID, claim.runId);
    const event = {
      type: 'status',
      runId: claim.runId,
      status: 'FAILED',
      runStatus: 'FAILED',
      error,
      terminal: true,
      at: run?.finishedAt?.toISOString(),
    };
    const ends = [{ runId: claim.runId, epoch: claim.epoch, events: [event] }];
    expect(closing).toEqual({
      type: 'open-epoch',
      workflowId: claim.workflowId,
      epoch: claim.epoch + 1,
      ends,
      events: [],
      closes: true,
    });
    expect((await db.reader.workflow(LOCAL_USER_ID, claim.workflowId))?.cursor).toBe(`${claim.epoch + 1}-0`);
    expect(await isUnclosed(claim.runId)).toBe(false);
    await db.stranded.markEndsPublished(closing?.ends ?? []);
    await backdate(claim.runId, 'closing_since');
    expect(await isUnclosed(claim.runId)).toBe(false);
    expect(await db.stranded.claimClosing(claim.runId)).toBeNull();
  });

  it('names the same end however often its closing was interrupted', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, success, null);
    for (const epoch of [claim.epoch + 1, claim.epoch + 2]) {
      expect(await db.stranded.claimClosing(claim.runId)).toMatchObject({ epoch, ends: [{ epoch: claim.epoch }] });
      await backdate(claim.runId, 'closing_since');
    }
  });

  it('is given to one of several reconcilers, and to another one when that one did not manage', async () => {
    const { run, workflow } = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    // All wait for the same row lock when the gate opens, and the grace time runs out meanwhile.
    const gate = await db.lockWorkflow(workflow.id);
    const claiming = [1, 2, 3].map(() => db.stranded.claimClosing(run.id));
    await gate.waitForWaiters(3);
    await gate.open();
    const closings = await Promise.all(claiming);
    expect(closings.filter((closing) => closing !== null)).toHaveLength(1);
    await backdate(run.id, 'closing_since');
    expect(await db.stranded.claimClosing(run.id)).toMatchObject({ epoch: 3 });
  });

  it('is left to a later run that has been claimed, whose holder is not fenced and publishes it', async () => {
    const first = await db.submitAndClaim();
    await db.store.finishRun(first.claim, success, null);
    await backdate(first.claim.runId, 'finished_at');
    const second = await db.submitAndClaim({ workflowId: first.claim.workflowId });
    expect(second.ends).toMatchObject([
      {
        runId: first.claim.runId,
        epoch: first.claim.epoch,
        events: [{ runStatus: 'SUCCEEDED', status: 'GENERATING' }],
      },
    ]);
    expect(await isUnclosed(first.claim.runId)).toBe(false);
    expect(await db.stranded.claimClosing(first.claim.runId)).toBeNull();
    expect(await db.store.holds(second.claim)).toBe(true);

    // Until that is recorded, every claim publishes it.
    await db.store.releaseRun(second.claim, 'HANDED_BACK');
    const again = await db.claim(second.claim.runId);
    expect(again.ends).toEqual(second.ends);
    await db.store.markEndsPublished(again.ends);
    await db.store.finishRun(again.claim, success, null);
    expect(await isUnclosed(first.claim.runId)).toBe(false);
  });

  it('is published before a later run that is still queued, with the status that the workflow has now', async () => {
    const first = await db.submitAndClaim();
    await db.store.finishRun(first.claim, success, null);
    await db.submit({ workflowId: first.claim.workflowId });
    expect(await db.stranded.claimClosing(first.claim.runId)).toMatchObject({
      ends: [{ events: [{ runId: first.claim.runId, runStatus: 'SUCCEEDED', status: 'GENERATING', terminal: true }] }],
      closes: false,
    });
  });

  it('does not mistake the close of an earlier end for that of a retried run', async () => {
    const { run } = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    const published = db.effects.at(-1);
    if (published?.type !== 'open-epoch') throw new Error('unreachable');
    await db.retrying.retry(LOCAL_USER_ID, run.id);
    const { claim } = await db.claim(run.id);
    await db.store.finishRun(claim, success, null);
    await db.stranded.markEndsPublished(published.ends);
    await backdate(run.id, 'finished_at');
    expect(await isUnclosed(run.id)).toBe(true);
  });

  it('is left alone while it runs', async () => {
    const { claim } = await db.submitAndClaim();
    expect(await db.stranded.claimClosing(claim.runId)).toBeNull();
    expect(await db.store.holds(claim)).toBe(true);
  });
});
