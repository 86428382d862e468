import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HookId, LOCAL_USER_ID, newId, type UserId } from '#libs/contracts';
import type { ClaimedRun } from '#libs/engine';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';

let db: TestDatabase;
const stranger = newId('user');
const all = { first: 100, after: null };

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  await db.addUser(stranger);
});
afterAll(() => db.drop());

async function insertHook({ claim }: ClaimedRun): Promise<HookId> {
  const id = newId('hook');
  await db.dataSource.query(
    `INSERT INTO hooks (id, run_id, workflow_id, owner_id, name, title, status, token_hash, schema)
     VALUES ($1, $2, $3, $4, 'publish', 'Publish?', 'WAITING', $5, '{"type":"object"}')`,
    [id, claim.runId, claim.workflowId, claim.ownerId, id],
  );
  return id;
}

describe('the reader', () => {
  it('shows an owner everything, and a stranger nothing, of the same ids', async () => {
    const claimed = await db.submitAndClaim();
    const { workflowId, runId } = claimed.claim;
    const { id: stepId } = await db.runStep(claimed, 'step', { output: { done: true } });
    const hookId = await insertHook(claimed);
    await db.store.finishRun(claimed.claim, { status: 'SUCCEEDED', title: 'Mine', saveRevision: true }, null);
    const { reader } = db;
    const lookAs = async (owner: UserId) => ({
      snapshot: await reader.workflowSnapshot(owner, workflowId),
      workflow: await reader.workflow(owner, workflowId),
      run: await reader.run(owner, runId),
      step: await reader.step(owner, stepId),
      hook: await reader.hook(owner, hookId),
      revision: await reader.revision(owner, workflowId, 0),
      workflows: (await reader.workflows(owner, all)).rows[0] ?? null,
      runs: (await reader.runs(owner, all)).rows[0] ?? null,
      runsOfWorkflow: (await reader.runs(owner, all, { workflowId })).rows[0] ?? null,
      steps: (await reader.steps(owner, runId, all)).rows[0] ?? null,
      events: (await reader.runEvents(owner, runId, all)).rows[0] ?? null,
      hooks: (await reader.hooks(owner, runId))[0] ?? null,
      revisions: (await reader.revisions(owner, workflowId, all)).rows[0] ?? null,
      workflowById: (await reader.workflowsByIds(owner, [workflowId])).get(workflowId) ?? null,
      runById: (await reader.runsByIds(owner, [runId])).get(runId) ?? null,
      stepById: (await reader.stepsByIds(owner, [stepId])).get(stepId) ?? null,
      latestRun: (await reader.latestRuns(owner, [workflowId])).get(workflowId) ?? null,
    });
    const mine = await lookAs(LOCAL_USER_ID);
    expect(Object.entries(mine).filter(([, seen]) => seen === null)).toEqual([]);
    expect(mine).toMatchObject({
      workflow: { title: 'Mine' },
      step: { output: { done: true }, status: 'SUCCEEDED' },
      // A run that ends closes its open hooks.
      hook: { name: 'publish', status: 'CANCELED', schema: { type: 'object' }, payload: null },
      latestRun: { id: runId },
    });
    const theirs = await lookAs(stranger);
    expect(Object.entries(theirs).filter(([, seen]) => seen !== null)).toEqual([]);
  });

  it('pages through a list newest first, completely and without repeating, while rows are added', async () => {
    const owner = newId('user');
    await db.addUser(owner);
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.unshift((await db.submit({ ownerId: owner })).workflow.id);
    const seen: string[] = [];
    let after: number | null = null;
    for (;;) {
      const page = await db.reader.workflows(owner, { first: 3, after });
      seen.push(...page.rows.map((row) => row.id));
      await db.submit({ ownerId: owner });
      if (!page.hasNextPage) break;
      after = page.places.at(-1) ?? null;
    }
    expect(seen).toEqual(ids);
  });

  it('lists newest first and names the newest run, also when ids and times say otherwise', async () => {
    const owner = newId('user');
    await db.addUser(owner);
    const older = await db.submit({ ownerId: owner });
    await db.cancellation.cancel(owner, older.run.id);
    const other = await db.submit({ ownerId: owner });
    // As if the API server that accepted the older prompt, and Postgres at that time, had been an hour ahead.
    const ahead = `run_f${newId('run').slice(5)}`;
    await db.dataSource.query(
      `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress, stream_closed,
                         created_at, finished_at)
       VALUES ($1, $2, $3, 'a', 'CANCELED', 'p', 0, 0, true, clock_timestamp() + interval '1 hour', clock_timestamp())`,
      [ahead, older.workflow.id, owner],
    );
    await db.cancellation.cancel(owner, other.run.id);
    const newest = await db.submit({ ownerId: owner, workflowId: older.workflow.id });
    const ids = [newest.run.id, ahead, other.run.id, older.run.id];
    expect((await db.reader.runs(owner, { first: 10, after: null })).rows.map((run) => run.id)).toEqual(ids);
    expect((await db.reader.latestRuns(owner, [older.workflow.id])).get(older.workflow.id)?.id).toBe(newest.run.id);
    const snapshot = await db.reader.workflowSnapshot(owner, older.workflow.id);
    expect([snapshot?.latestRun?.id, snapshot?.activeRun?.id]).toEqual([newest.run.id, newest.run.id]);
  });

  it('says that there is no next page when the last row is on this one', async () => {
    const owner = newId('user');
    await db.addUser(owner);
    for (let n = 0; n < 2; n++) await db.submit({ ownerId: owner });
    expect((await db.reader.runs(owner, { first: 2, after: null })).hasNextPage).toBe(false);
    expect((await db.reader.runs(owner, { first: 1, after: null })).hasNextPage).toBe(true);
    expect(await db.reader.runs(owner, { first: 0, after: null })).toEqual({ rows: [], places: [], hasNextPage: true });
  });

  it('caps a page, whatever is asked for', async () => {
    const claimed = await db.submitAndClaim();
    for (let n = 0; n < 36; n++) await db.runStep(claimed, `s${n}`);
    const { claim } = claimed;
    const page = await db.reader.runEvents(claim.ownerId, claim.runId, { first: 5_000, after: null });
    expect(page.rows).toHaveLength(74);
    for (let n = 36; n < 60; n++) await db.runStep(claimed, `s${n}`);
    const capped = await db.reader.runEvents(claim.ownerId, claim.runId, { first: 5_000, after: null });
    expect([capped.rows.length, capped.hasNextPage]).toEqual([100, true]);
    const rest = await db.reader.runEvents(claim.ownerId, claim.runId, {
      first: 100,
      after: capped.places.at(-1) ?? null,
    });
    expect([rest.rows.length, rest.hasNextPage]).toEqual([22, false]);
  });

  it('tells the history in the order in which it happened, also when the clock of a worker is behind', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    const behind = async (digit: string) => {
      const id = `evt_${digit.repeat(32)}`;
      await db.dataSource.query(
        `INSERT INTO run_events (id, run_id, workflow_id, owner_id, type) VALUES ($1, $2, $3, $4, 'told_late')`,
        [id, claim.runId, claim.workflowId, claim.ownerId],
      );
    };
    await behind('1');
    await db.runStep(claimed, 'step');
    await behind('0');
    const told: string[] = [];
    for (let after: number | null = null; ; ) {
      const page = await db.reader.runEvents(claim.ownerId, claim.runId, { first: 2, after });
      told.push(...page.rows.map((event) => event.type));
      if (!page.hasNextPage) break;
      after = page.places.at(-1) ?? null;
    }
    expect(told).toEqual(['run_created', 'run_started', 'told_late', 'step_started', 'step_completed', 'told_late']);
  });

  it('filters runs by status', async () => {
    const owner = newId('user');
    await db.addUser(owner);
    const { run } = await db.submit({ ownerId: owner });
    await db.submit({ ownerId: owner });
    await db.cancellation.cancel(owner, run.id);
    const canceled = await db.reader.runs(owner, all, { status: ['CANCELED', 'FAILED'] });
    expect(canceled.rows.map((row) => row.id)).toEqual([run.id]);
    expect((await db.reader.runs(owner, all, { status: [] })).rows).toEqual([]);
    expect((await db.reader.runs(owner, all, { status: null })).rows).toHaveLength(2);
  });

  it('finds the newest run of each workflow', async () => {
    const first = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, first.run.id);
    const second = await db.submit({ workflowId: first.workflow.id });
    const other = await db.submit();
    const latest = await db.reader.latestRuns(LOCAL_USER_ID, [first.workflow.id, other.workflow.id]);
    expect([...latest.values()].map((run) => run.id).sort()).toEqual([second.run.id, other.run.id].sort());
  });

  it('finds the newest runs of a page of workflows in no more time when each has had hundreds', async () => {
    const { workflow } = await db.submit();
    const ids = Array.from({ length: 100 }, () => newId('workflow'));
    await db.dataSource.query(
      `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph,
                              graph_revision)
       SELECT new, owner_id, title, title_is_own, agent, 'IDLE', 0, 0, 0, graph, 0
         FROM workflows, unnest($2::text[]) AS new WHERE id = $1`,
      [workflow.id, ids],
    );
    const addRuns = async (from: number, to: number) => {
      await db.dataSource.query(
        `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress,
                           stream_closed, finished_at)
         SELECT 'run_' || id || n, id, owner_id, agent, 'SUCCEEDED', repeat('p', 1000), 1, 1, true, clock_timestamp()
           FROM generate_series($2::int, $3::int) AS n, workflows WHERE id = ANY($1) ORDER BY n`,
        [ids, from, to],
      );
      await db.dataSource.query('ANALYZE');
    };
    // The fastest of several, because a busy machine delays some of them.
    const fastestMs = async () => {
      let fastest = Number.POSITIVE_INFINITY;
      for (let n = 0; n < 8; n++) {
        const begun = performance.now();
        await db.reader.latestRuns(LOCAL_USER_ID, ids);
        fastest = Math.min(fastest, performance.now() - begun);
      }
      return fastest;
    };
    await addRuns(1, 1);
    const withOne = await fastestMs();
    await addRuns(2, 500);
    expect((await fastestMs()) / withOne).toBeLessThan(8);
    const latest = await db.reader.latestRuns(LOCAL_USER_ID, ids);
    expect(ids.map((id) => latest.get(id)?.id)).toEqual(ids.map((id) => `run_${id}500`));
    await db.dataSource.query('DELETE FROM workflows WHERE id = ANY($1)', [ids]);
  });

  it('answers for every step whose attempts are asked for', async () => {
    const { id } = await db.runStep(await db.submitAndClaim(), 'one');
    const unknown = newId('step');
    const attempts = await db.reader.stepAttempts([id, unknown]);
    expect(attempts.get(id)).toMatchObject([{ number: 1, epoch: 1, error: null }]);
    expect(attempts.get(unknown)).toEqual([]);
    expect(await db.reader.stepAttempts([])).toEqual(new Map());
  });

  it('knows the local user', async () => {
    expect(await db.reader.user(LOCAL_USER_ID)).toMatchObject({ id: LOCAL_USER_ID, name: 'Local user' });
    expect(await db.reader.user(newId('user'))).toBeNull();
  });
});

describe('editing a workflow', () => {
  it('gives it a title that no agent is asked to replace', async () => {
    const { workflow, run } = await db.submit();
    expect(await db.editing.renameWorkflow(LOCAL_USER_ID, workflow.id, 'Better')).toMatchObject({
      kind: 'renamed',
      workflow: { title: 'Better' },
    });
    expect((await db.claim(run.id)).title).toBe('Better');
    expect(await db.editing.renameWorkflow(stranger, workflow.id, 'Taken')).toEqual({ kind: 'not-found' });
  });

  it('removes it with everything that belongs to it, but not under a run', async () => {
    const claimed = await db.submitAndClaim({ idempotencyKey: 'deleted' });
    const { claim } = claimed;
    await db.runStep(claimed, 'step');
    await insertHook(claimed);
    expect(await db.editing.deleteWorkflow(LOCAL_USER_ID, claim.workflowId)).toEqual({
      kind: 'locked',
      status: 'GENERATING',
    });
    await db.store.finishRun(claim, { status: 'SUCCEEDED', title: null, saveRevision: true }, null);
    expect(await db.editing.deleteWorkflow(stranger, claim.workflowId)).toEqual({ kind: 'not-found' });
    expect(await db.editing.deleteWorkflow(LOCAL_USER_ID, claim.workflowId)).toEqual({ kind: 'deleted' });
    expect(db.effects.slice(-2)).toMatchObject([
      { type: 'workflow-changed', workflowId: claim.workflowId, deleted: true },
      { type: 'remove-stream', workflowId: claim.workflowId, epoch: claim.epoch + 1 },
    ]);
    expect(await db.editing.deleteWorkflow(LOCAL_USER_ID, claim.workflowId)).toEqual({ kind: 'not-found' });
    for (const table of ['runs', 'messages', 'steps', 'run_events', 'hooks', 'graph_revisions']) {
      const left = await db.dataSource.query(`SELECT 1 FROM ${table} WHERE workflow_id = $1`, [claim.workflowId]);
      expect([table, left]).toEqual([table, []]);
    }
  });
});
