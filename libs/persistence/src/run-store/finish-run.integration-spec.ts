import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, runErrorInfo } from '#libs/contracts';
import { FencedError } from '#libs/engine';
import { emptyPatch } from '#libs/graph';
import { createTestDatabase, stepResult, type TestDatabase, textPart } from '../../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

const success = { status: 'SUCCEEDED', title: null, saveRevision: false } as const;

describe('the end of a run', () => {
  it('stores the message, the title, the revision and every status at once', async () => {
    const { claim } = await db.submitAndClaim();
    const outcome = { status: 'SUCCEEDED', title: 'Form to chat', saveRevision: true } as const;
    const checkpoint = { chunks: textPart('0', 'done'), cursor: cursorAt(claim.epoch, 4) };
    expect(await db.store.finishRun(claim, outcome, checkpoint)).toMatchObject({
      runId: claim.runId,
      epoch: claim.epoch,
    });
    const snapshot = await db.reader.workflowSnapshot(claim.ownerId, claim.workflowId);
    expect(snapshot).toMatchObject({
      workflow: { status: 'IDLE', title: 'Form to chat', cursor: checkpoint.cursor, activeRunId: null },
      activeRun: null,
      latestRun: { id: claim.runId, status: 'SUCCEEDED', error: null },
    });
    expect(snapshot?.messages[1]).toMatchObject({ complete: true, chunks: checkpoint.chunks });
    expect(await db.reader.revision(claim.ownerId, claim.workflowId, 0)).toMatchObject({ runId: claim.runId });
  });

  it('happens once: the same is answered alike, another one with nothing, and neither changes anything', async () => {
    const { claim } = await db.submitAndClaim();
    const end = await db.store.finishRun(claim, success, null);
    expect(end).not.toBeNull();
    const before = await db.everything();
    expect(await db.store.finishRun(claim, success, null)).toEqual(end);
    expect(await db.store.finishRun(claim, { status: 'CANCELED' }, null)).toBeNull();
    expect(await db.everything()).toEqual(before);
  });

  it('does not happen to a run that a person has queued again since', async () => {
    const { claim } = await db.submitAndClaim();
    const failed = { status: 'FAILED', error: runErrorInfo('INTERNAL') } as const;
    await db.store.finishRun(claim, failed, null);
    await db.retrying.retry(LOCAL_USER_ID, claim.runId);
    await expect(db.store.finishRun(claim, failed, null)).rejects.toBeInstanceOf(FencedError);
    expect(await db.reader.run(claim.ownerId, claim.runId)).toMatchObject({ status: 'QUEUED', error: null });
  });

  it('keeps the reason of a failure and leaves the title alone', async () => {
    const { claim, prompt } = await db.submitAndClaim();
    const error = runErrorInfo('MODEL_REFUSED');
    await db.store.finishRun(claim, { status: 'FAILED', error }, null);
    expect(await db.reader.run(claim.ownerId, claim.runId)).toMatchObject({ status: 'FAILED', error });
    expect(await db.reader.workflow(claim.ownerId, claim.workflowId)).toMatchObject({
      status: 'FAILED',
      title: prompt,
    });
  });

  it('stores a revision only once when later runs change nothing', async () => {
    const first = await db.submitAndClaim();
    const { claim } = first;
    await db.store.finishRun(claim, { ...success, saveRevision: true }, null);
    const second = await db.submitAndClaim({ workflowId: claim.workflowId });
    expect(await db.store.finishRun(second.claim, { ...success, saveRevision: true }, null)).not.toBeNull();
    const third = await db.submitAndClaim({ workflowId: claim.workflowId });
    const start = { name: 'add', occurrence: 0, kind: 'TOOL_CALL', input: null, inputHash: 'hash' } as const;
    const { step } = await db.store.startStep(third.claim, start);
    await db.store.completeGraphStep(third.claim, step.id, (graph) => ({
      ...stepResult(),
      graph,
      patch: { ...emptyPatch(), removeNodeIds: ['gone'] },
      issues: [],
    }));
    await db.store.finishRun(third.claim, { ...success, saveRevision: true }, null);
    const { rows } = await db.reader.revisions(claim.ownerId, claim.workflowId, { first: 10, after: null });
    expect(rows.map((row) => [row.revision, row.runId])).toEqual([
      [1, third.claim.runId],
      [0, claim.runId],
    ]);
  });

  it('leaves no step and no attempt open', async () => {
    const { claim } = await db.submitAndClaim();
    const start = { name: 'open', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;
    const { step } = await db.store.startStep(claim, start);
    await db.store.finishRun(claim, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
    expect(await db.reader.step(claim.ownerId, step.id)).toMatchObject({ status: 'CANCELED' });
    const [attempt] = (await db.reader.stepAttempts([step.id])).get(step.id) ?? [];
    expect(attempt?.finishedAt).toBeInstanceOf(Date);
  });

  it('is one of two when a cancel arrives at the same time, and both sides agree on which', async () => {
    for (let round = 0; round < 50; round++) {
      const { claim } = await db.submitAndClaim();
      const cancel = () => db.cancellation.cancel(claim.ownerId, claim.runId);
      const finish = () =>
        db.store.finishRun(claim, success, null).catch((error: unknown) => {
          if (error instanceof Error && error.name === 'FencedError') return null;
          throw error;
        });
      // Both stand before the same locked row when the gate opens; every other round the cancel stands first.
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

  it('is recorded as told only after it happened, and readers then start behind it', async () => {
    const { claim } = await db.submitAndClaim();
    const end = cursorAt(claim.epoch, 7);
    await expect(db.store.markStreamClosed(claim, end)).rejects.toThrow('not closed');
    await db.store.finishRun(claim, success, { chunks: [], cursor: cursorAt(claim.epoch, 6) });
    await db.store.markStreamClosed(claim, end);
    await db.store.markStreamClosed(claim, end);
    expect(await db.stranded.claimClosing(claim.runId)).toBeNull();
    expect((await db.reader.workflow(LOCAL_USER_ID, claim.workflowId))?.cursor).toBe(end);
  });
  it('is behind readers also when a retry was quicker, whose own end is still to be told', async () => {
    const { claim } = await db.submitAndClaim();
    const end = cursorAt(claim.epoch, 7);
    const failed = { status: 'FAILED', error: runErrorInfo('INTERNAL') } as const;
    await db.store.finishRun(claim, failed, { chunks: [], cursor: cursorAt(claim.epoch, 6) });
    await db.retrying.retry(LOCAL_USER_ID, claim.runId);
    await db.store.markStreamClosed(claim, end);
    expect((await db.reader.workflow(LOCAL_USER_ID, claim.workflowId))?.cursor).toBe(end);
    const canceled = await db.cancellation.cancel(LOCAL_USER_ID, claim.runId);
    expect(canceled).toMatchObject({ closing: { ends: [{ runId: claim.runId }] } });
  });
});
