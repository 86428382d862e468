import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cursorAt,
  LOCAL_USER_ID,
  openingChunks,
  type RunId,
  runErrorInfo,
  segmentOf,
  type WorkflowId,
} from '#libs/contracts';
import type { RunClaim, RunOutcome } from '#libs/engine';
import { createTestDatabase, stepResult, type TestDatabase, textPart } from '../testing/test-database.js';
import { Retention } from './retention.js';

const DAYS = 30;
const page = { first: 100, after: null };
const failed = { status: 'FAILED', error: runErrorInfo('INTERNAL') } as const;

let db: TestDatabase;
let retention: Retention;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  retention = new Retention(db.dataSource);
});
afterAll(() => db.drop());

/** An ended run with a step, an attempt, events and a message, whose end is published. */
async function endedRun(outcome: RunOutcome = failed, workflowId: WorkflowId | null = null): Promise<RunClaim> {
  const claimed = await db.submitAndClaim(workflowId ? { workflowId } : {});
  const { claim } = claimed;
  await db.runStep(claimed, 'write', { output: { text: 'stored' }, chunks: textPart('0', 'Hello') });
  const said = textPart('0', 'Hello');
  const chunks = [...openingChunks(claim.messageId), ...said];
  await db.store.finishRun(claim, outcome, {
    segments: [segmentOf(1, said)],
    cursor: cursorAt(claim.epoch, 4),
    chunks,
  });
  await db.store.markStreamClosed(claim, cursorAt(claim.epoch, 5));
  return claim;
}

/** @param minutes left, by Postgres' clock, until the run has been over for `days` */
async function endedAgo(runId: RunId, days: number, minutes = 0): Promise<void> {
  await db.dataSource.query(
    `UPDATE runs SET finished_at = clock_timestamp() - $2 * interval '1 day' + $3 * interval '1 minute' WHERE id = $1`,
    [runId, days, minutes],
  );
}

async function historyOf({ ownerId, runId }: RunClaim) {
  const [run, steps, events] = await Promise.all([
    db.reader.run(ownerId, runId),
    db.reader.steps(ownerId, runId, page),
    db.reader.runEvents(ownerId, runId, page),
  ]);
  const attempts = await db.dataSource.query(
    `SELECT FROM step_attempts WHERE step_id IN (SELECT id FROM steps WHERE run_id = $1)`,
    [runId],
  );
  return {
    expired: run?.historyExpiredAt !== null,
    steps: steps.rows.length,
    attempts: attempts.length,
    events: events.rows.map((event) => event.type),
  };
}

describe('the history of a run', () => {
  it('goes when its end is so long ago by the clock of Postgres, and not a minute before', async () => {
    const [kept, gone] = [await endedRun(), await endedRun()];
    await endedAgo(kept.runId, DAYS, 1);
    await endedAgo(gone.runId, DAYS, -1);
    const before = await historyOf(kept);
    expect(before).toMatchObject({ expired: false, steps: 1, attempts: 1 });
    expect(await retention.expireHistory(DAYS)).toBe(1);
    expect(await historyOf(kept)).toEqual(before);
    expect(await historyOf(gone)).toEqual({ expired: true, steps: 0, attempts: 0, events: ['run_failed'] });
    expect(await retention.expireHistory(DAYS)).toBe(0);
  });

  it('leaves messages, snapshots, pages and lists what they were', async () => {
    const claim = await endedRun({ status: 'SUCCEEDED', title: 'T', saveRevision: true });
    const read = async () => ({
      snapshot: await db.reader.workflowSnapshot(claim.ownerId, claim.workflowId),
      runs: await db.reader.runs(claim.ownerId, page, { workflowId: claim.workflowId }),
      revisions: await db.reader.revisions(claim.ownerId, claim.workflowId, page),
    });
    await endedAgo(claim.runId, DAYS + 1);
    const before = await read();
    expect(await retention.expireHistory(DAYS)).toBe(1);
    const after = await read();
    expect(after.snapshot?.latestRun?.historyExpiredAt).toBeInstanceOf(Date);
    expect(after.snapshot?.messages[1]?.chunks.slice(1)).toEqual(textPart('0', 'Hello'));
    const unmarked = (value: unknown) =>
      JSON.stringify(value).replaceAll(/"historyExpiredAt":(null|"[^"]*")/g, '"historyExpiredAt":null');
    expect(unmarked(after)).toBe(unmarked(before));
  });

  it('stays while the run has not ended, or its end is not published, however old it is', async () => {
    const claimed = await db.submitAndClaim();
    await db.runStep(claimed, 'write');
    const unpublished = await db.submitAndClaim();
    await db.runStep(unpublished, 'write');
    await db.store.finishRun(unpublished.claim, failed, null);
    await endedAgo(unpublished.claim.runId, DAYS * 10);
    await db.dataSource.query(`UPDATE runs SET created_at = created_at - interval '1 year', started_at = created_at`);
    expect(await retention.expireHistory(DAYS)).toBe(0);
    expect(await historyOf(claimed.claim)).toMatchObject({ expired: false, steps: 1, attempts: 1 });
    expect(await historyOf(unpublished.claim)).toMatchObject({ expired: false, steps: 1 });
    // A worker that takes over the run finds its step.
    expect((await db.claim(claimed.claim.runId)).steps).toHaveLength(1);
  });

  it('once it is gone, keeps the run from being tried again, and not before', async () => {
    const claim = await endedRun();
    await endedAgo(claim.runId, DAYS + 1);
    await retention.expireHistory(DAYS);
    expect(await db.retrying.retry(LOCAL_USER_ID, claim.runId)).toEqual({ kind: 'history-expired' });
    await expect(
      db.dataSource.query(`UPDATE runs SET status = 'QUEUED', finished_at = NULL, error = NULL WHERE id = $1`, [
        claim.runId,
      ]),
    ).rejects.toThrow(/runs_expired_after_end/);
    // A new prompt continues the workflow.
    await db.submit({ workflowId: claim.workflowId });
  });

  it('is either used by a retry or gone, when both come at once', async () => {
    for (let round = 0; round < 10; round++) {
      const claim = await endedRun();
      await endedAgo(claim.runId, DAYS + 1);
      const gate = await db.lockWorkflow(claim.workflowId);
      const retryFirst = round % 2 === 0;
      const retry = () => db.retrying.retry(LOCAL_USER_ID, claim.runId);
      const early = retryFirst ? retry() : null;
      if (early) await gate.waitForWaiters(1);
      const expiring = retention.expireHistory(DAYS);
      await gate.waitForWaiters(early ? 2 : 1);
      const late = early ?? retry();
      await gate.waitForWaiters(2);
      await gate.open();
      const [{ kind }, expired] = await Promise.all([late, expiring]);
      expect([kind, expired]).toEqual(retryFirst ? ['accepted', 0] : ['history-expired', 1]);
      expect(await historyOf(claim)).toMatchObject({ steps: retryFirst ? 1 : 0 });
    }
  });

  it('goes in batches, oldest end first, also when several workers look at once', async () => {
    const claim = await endedRun();
    await db.dataSource.query(
      `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress,
                         stream_closed, finished_at)
       SELECT 'run_' || n, workflow_id, owner_id, agent, 'CANCELED', 'p', 1, 1, true,
              clock_timestamp() - interval '40 days' + n * interval '1 second'
         FROM runs, generate_series(1, 120) AS n WHERE id = $1`,
      [claim.runId],
    );
    expect(await retention.expireHistory(DAYS)).toBe(100);
    const left = await db.dataSource.query(
      `SELECT id FROM runs WHERE id ~ '^run_[0-9]{1,3}$' AND history_expired_at IS NULL`,
    );
    expect(left).toHaveLength(20);
    expect(left).toContainEqual({ id: 'run_101' });
    const both = await Promise.all([retention.expireHistory(DAYS), retention.expireHistory(DAYS)]);
    expect(both[0] + both[1]).toBe(20);
  });

  it('is taken from nobody who only asks for it: the trigger lets go of what is marked, and of no end', async () => {
    const claim = await endedRun();
    const remove = () => db.dataSource.query(`DELETE FROM run_events WHERE run_id = $1 RETURNING id`, [claim.runId]);
    await expect(remove()).rejects.toThrow(/append-only/);
    await endedAgo(claim.runId, DAYS + 1);
    await retention.expireHistory(DAYS);
    await expect(remove()).rejects.toThrow(/append-only/);
    expect((await historyOf(claim)).events).toEqual(['run_failed']);
    await db.editing.deleteWorkflow(LOCAL_USER_ID, claim.workflowId);
    expect(await db.reader.run(LOCAL_USER_ID, claim.runId)).toBeNull();
  });
});

describe('revisions of a graph', () => {
  it('go when they are so old, in order, but for the newest, and the workflow says how far', async () => {
    const done = { status: 'SUCCEEDED', title: null, saveRevision: true } as const;
    const first = await endedRun(done);
    for (let number = 1; number <= 3; number++) {
      const { claim } = await db.submitAndClaim({ workflowId: first.workflowId });
      const start = { name: 'add', occurrence: 0, kind: 'TOOL_CALL', input: null, inputHash: 'hash' } as const;
      const { step } = await db.store.startStep(claim, start);
      await db.store.completeGraphStep(claim, step.id, (graph) => ({
        ...stepResult(),
        chunks: [],
        graph,
        patch: { upsertNodes: [], removeNodeIds: [`gone-${number}`], upsertEdges: [], removeEdgeIds: [] },
        issues: [],
      }));
      await db.store.finishRun(claim, done, null);
    }
    const kept = async () =>
      (await db.reader.revisions(LOCAL_USER_ID, first.workflowId, page)).rows.map(({ revision }) => revision);
    const expiredTo = async () => (await db.reader.workflow(LOCAL_USER_ID, first.workflowId))?.revisionsExpiredTo;
    const age = (revision: number, minutes: number) =>
      db.dataSource.query(
        `UPDATE graph_revisions SET created_at = clock_timestamp() - interval '30 days' + $3 * interval '1 minute'
          WHERE workflow_id = $1 AND revision <= $2`,
        [first.workflowId, revision, minutes],
      );
    await age(3, 1);
    expect(await retention.expireRevisions(DAYS)).toBe(0);
    expect([await kept(), await expiredTo()]).toEqual([[3, 2, 1, 0], null]);
    await age(1, -1);
    expect(await retention.expireRevisions(DAYS)).toBe(2);
    expect([await kept(), await expiredTo()]).toEqual([[3, 2], 1]);
    await age(3, -1);
    expect(await retention.expireRevisions(DAYS)).toBe(1);
    expect([await kept(), await expiredTo()]).toEqual([[3], 2]);
    expect(await retention.expireRevisions(DAYS)).toBe(0);
    const snapshot = await db.reader.workflowSnapshot(LOCAL_USER_ID, first.workflowId);
    expect(snapshot?.workflow).toMatchObject({ graphRevision: 3, status: 'IDLE' });
  });
});
