import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, newId, runErrorInfo, segmentOf } from '#libs/contracts';
import { createTestDatabase, type TestDatabase, textPart } from '../testing/test-database.js';

let db: TestDatabase;
const stranger = newId('user');

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  await db.addUser(stranger);
});
afterAll(() => db.drop());

const start = (name: string) => ({ name, occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' }) as const;

describe('canceling a run', () => {
  it('keeps the message of the last checkpoint and takes the next epoch', async () => {
    const { claim } = await db.submitAndClaim();
    const { step } = await db.store.startStep(claim, start('running'));
    await db.store.checkpoint(claim, {
      segments: [segmentOf(1, textPart('0', 'half'))],
      cursor: cursorAt(claim.epoch, 3),
    });
    expect(await db.cancellation.cancel(LOCAL_USER_ID, claim.runId)).toMatchObject({
      kind: 'canceled',
      run: { status: 'CANCELED', finishedAt: expect.any(Date) },
    });
    expect(db.effects.splice(0).slice(-3)).toMatchObject([
      { type: 'workflow-changed', ownerId: LOCAL_USER_ID, workflowId: claim.workflowId, deleted: false },
      { type: 'cancel-signal', runId: claim.runId },
      {
        type: 'open-epoch',
        workflowId: claim.workflowId,
        epoch: claim.epoch + 1,
        ends: [{ runId: claim.runId, epoch: claim.epoch + 1, events: [{ runStatus: 'CANCELED', terminal: true }] }],
        closes: true,
      },
    ]);
    const snapshot = await db.reader.workflowSnapshot(LOCAL_USER_ID, claim.workflowId);
    expect(snapshot).toMatchObject({
      workflow: { status: 'IDLE', cursor: cursorAt(claim.epoch + 1, 0), activeRunId: null },
      activeRun: null,
    });
    expect(snapshot?.messages[1]).toMatchObject({
      complete: true,
      chunks: [{ type: 'start' }, ...textPart('0', 'half'), { type: 'finish', finishReason: 'other' }],
    });
    expect(await db.reader.step(LOCAL_USER_ID, step.id)).toMatchObject({ status: 'CANCELED' });
  });

  it('ends a run that no worker has claimed yet', async () => {
    const { run } = await db.submit();
    expect(await db.cancellation.cancel(LOCAL_USER_ID, run.id)).toMatchObject({ kind: 'canceled' });
    expect(db.effects.at(-1)).toMatchObject({ type: 'open-epoch', epoch: 1 });
    expect(await db.store.claimRun(run.id)).toEqual({ kind: 'nothing-to-do' });
  });

  it('takes the ends of earlier runs along that the stream may not hold', async () => {
    const first = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, first.run.id);
    const second = await db.submit({ workflowId: first.workflow.id });
    await db.cancellation.cancel(LOCAL_USER_ID, second.run.id);
    expect(db.effects.at(-1)).toMatchObject({
      epoch: 2,
      ends: [
        { runId: first.run.id, epoch: 1 },
        { runId: second.run.id, epoch: 2 },
      ],
    });
  });

  it('takes one epoch, however often it is asked for', async () => {
    const { run } = await db.submit();
    const results = await Promise.all([1, 2, 3].map(() => db.cancellation.cancel(LOCAL_USER_ID, run.id)));
    expect(results.filter((result) => result.kind === 'canceled' && result.repeated)).toHaveLength(2);
    expect(results.filter((result) => result.kind === 'canceled')).toHaveLength(3);
    const opened = db.effects.filter((effect) => effect.type === 'open-epoch' && effect.workflowId === run.workflowId);
    expect(opened).toMatchObject([{ epoch: 1 }]);
  });

  it('answers what the run became when it had ended before', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
    expect(await db.cancellation.cancel(LOCAL_USER_ID, claim.runId)).toMatchObject({
      kind: 'already-finished',
      run: { status: 'FAILED' },
    });
  });

  it("finds no run that is unknown or somebody else's", async () => {
    const { run } = await db.submit();
    expect(await db.cancellation.cancel(stranger, run.id)).toEqual({ kind: 'not-found' });
    expect(await db.cancellation.cancel(LOCAL_USER_ID, newId('run'))).toEqual({ kind: 'not-found' });
    expect(await db.reader.run(LOCAL_USER_ID, run.id)).toMatchObject({ status: 'QUEUED' });
  });
});

describe('retrying a run', () => {
  it('continues behind the last stored step, with a fresh budget', async () => {
    const first = await db.submitAndClaim();
    const { claim } = first;
    await db.runStep(first, 'good', { output: 1, chunks: textPart('0', 'kept') });
    const { step } = await db.store.startStep(claim, start('bad'));
    const error = runErrorInfo('STEP_FAILED');
    await db.store.failStepTry(claim, step.id, { error, retryInMs: null, usage: null });
    await db.store.finishRun(claim, { status: 'FAILED', error }, null);

    expect(await db.retrying.retry(LOCAL_USER_ID, claim.runId)).toMatchObject({
      kind: 'accepted',
      run: { status: 'QUEUED', error: null, finishedAt: null },
    });
    expect(await db.reader.workflow(LOCAL_USER_ID, claim.workflowId)).toMatchObject({
      status: 'GENERATING',
      activeRunId: claim.runId,
    });
    const again = await db.claim(claim.runId);
    expect(again.steps.map((stored) => stored.name)).toEqual(['good']);
    expect(again.chunks.slice(1)).toEqual(textPart('0', 'kept'));
    expect((await db.store.startStep(again.claim, start('bad'))).tryNumber).toBe(2);
  });

  it('gives a run that used up its attempts three more', async () => {
    const { run } = await db.submit();
    for (let attempt = 1; attempt <= 3; attempt++) await db.claim(run.id);
    expect((await db.store.claimRun(run.id)).kind).toBe('exhausted');
    await db.retrying.retry(LOCAL_USER_ID, run.id);
    for (let attempt = 1; attempt <= 3; attempt++) await db.claim(run.id);
    expect((await db.store.claimRun(run.id)).kind).toBe('exhausted');
  });

  it('is accepted once when asked for several times at once', async () => {
    const { run } = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    const results = await Promise.all([1, 2, 3].map(() => db.retrying.retry(LOCAL_USER_ID, run.id)));
    expect(results.map((result) => result.kind).sort()).toEqual(['accepted', 'locked', 'locked']);
  });

  it('is refused for a success, for an older run, and while another run is under way', async () => {
    const first = await db.submitAndClaim();
    const { workflowId } = first.claim;
    await db.store.finishRun(first.claim, { status: 'CANCELED' }, null);
    const second = await db.submitAndClaim({ workflowId });
    expect(await db.retrying.retry(LOCAL_USER_ID, first.claim.runId)).toEqual({ kind: 'locked', status: 'GENERATING' });
    await db.store.finishRun(second.claim, { status: 'SUCCEEDED', title: null, saveRevision: false }, null);
    expect(await db.retrying.retry(LOCAL_USER_ID, first.claim.runId)).toEqual({
      kind: 'not-retryable',
      status: 'CANCELED',
    });
    expect(await db.retrying.retry(LOCAL_USER_ID, second.claim.runId)).toEqual({
      kind: 'not-retryable',
      status: 'SUCCEEDED',
    });
  });

  it("finds no run of somebody else's", async () => {
    const { run } = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    expect(await db.retrying.retry(stranger, run.id)).toEqual({ kind: 'not-found' });
  });
});
