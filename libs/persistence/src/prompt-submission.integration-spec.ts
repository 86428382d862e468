import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, limits, newId, type UserId } from '#libs/contracts';
import { until } from '../../../test/support/until.js';
import { createTestDatabase, promptCommand, type TestDatabase } from '../testing/test-database.js';
import { PromptSubmission } from './prompt-submission.js';

let db: TestDatabase;
const stranger = newId('user');

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  await db.addUser(stranger);
});
afterAll(() => db.drop());

/** Whether this many other sessions wait for a lock. */
async function isWaitedFor(count: number): Promise<boolean> {
  const [row] = await db.dataSource.query<{ waiting: number }[]>(
    "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return row?.waiting === count;
}

const runsOf = async (ownerId: UserId) => (await db.reader.runs(ownerId, { first: 100, after: null })).rows.length;

describe('submitting a prompt', () => {
  it('stores the workflow, both messages and the queued run', async () => {
    const { workflow, run } = await db.submit({ prompt: '\n  A form comes in  \nand then' });
    const snapshot = await db.reader.workflowSnapshot(LOCAL_USER_ID, workflow.id);
    expect(snapshot).toMatchObject({
      workflow: { title: 'A form comes in', status: 'GENERATING', cursor: '0-0', activeRunId: run.id },
      activeRun: { id: run.id, status: 'QUEUED', model: 'test-model', attempts: 0 },
      latestRun: { id: run.id },
    });
    const [question, answer] = snapshot?.messages ?? [];
    expect(question).toMatchObject({
      role: 'user',
      complete: true,
      chunks: [
        { type: 'start', messageId: question?.id },
        { type: 'text-start', id: '0' },
        { type: 'text-delta', id: '0', delta: '\n  A form comes in  \nand then' },
        { type: 'text-end', id: '0' },
        { type: 'finish' },
      ],
    });
    expect(answer).toMatchObject({
      role: 'assistant',
      complete: false,
      chunks: [{ type: 'start', messageId: answer?.id }],
    });
    const events = await db.reader.runEvents(LOCAL_USER_ID, run.id, { first: 10, after: null });
    expect(events.rows.map((event) => event.type)).toEqual(['run_created']);
  });

  it('gives a title that says that it was cut, and never cuts inside an emoji', async () => {
    const { workflow } = await db.submit({ prompt: '😀'.repeat(100) });
    expect(workflow.title).toBe(`${'😀'.repeat(79)}…`);
  });

  it('is accepted once when its connection breaks while it waits for the workflow', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    let broken: Promise<unknown> | null = null;
    const dataSource = new Proxy(db.dataSource, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property);
        if (property !== 'query' || broken) return typeof member === 'function' ? member.bind(target) : member;
        return async (...args: Parameters<typeof target.query>) => {
          // The server goes on, as it does when only the client's side of a connection breaks.
          broken = target.query(...args);
          throw new Error('Connection terminated unexpectedly');
        };
      },
    });
    const command = promptCommand({ workflowId: claim.workflowId });
    const { submitted } = await db.dataSource.transaction(async (manager) => {
      await manager.query('SELECT FROM holdfast.workflows WHERE id = $1 FOR UPDATE', [claim.workflowId]);
      const submitted = new PromptSubmission(dataSource).submit(command);
      await until(() => broken !== null, 'the first call is on its way');
      await until(() => isWaitedFor(2), 'both calls wait');
      return { submitted };
    });
    expect(await (await submitted).result).toMatchObject({ kind: 'accepted' });
    await broken;
    expect(
      (await db.reader.runs(LOCAL_USER_ID, { first: 100, after: null }, { workflowId: claim.workflowId })).rows,
    ).toHaveLength(2);
  });

  it('keeps where the prompt was written for every attempt', async () => {
    const { run } = await db.submit({ timeZone: 'Europe/Berlin' });
    expect(await db.claim(run.id)).toMatchObject({ timeZone: 'Europe/Berlin' });
    expect(await db.claim(run.id)).toMatchObject({ timeZone: 'Europe/Berlin' });
  });

  it('is refused while a run is under way, and accepted again when it has ended', async () => {
    const { claim } = await db.submitAndClaim();
    const command = promptCommand({ workflowId: claim.workflowId });
    const before = await db.everything();
    expect(await db.submission.submit(command)).toEqual({ kind: 'locked', status: 'GENERATING' });
    await db.store.beginCompleting(claim);
    expect(await db.submission.submit(command)).toEqual({ kind: 'locked', status: 'COMPLETING' });
    expect((await db.everything()).messages).toEqual(before.messages);
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    expect(await db.submission.submit(command)).toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('is accepted exactly once when many arrive together', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    const command = promptCommand({ workflowId: claim.workflowId });
    const results = await Promise.all(Array.from({ length: 10 }, () => db.submission.submit(command)));
    expect(results.filter((result) => result.kind === 'accepted')).toHaveLength(1);
    expect(results.filter((result) => result.kind === 'locked')).toHaveLength(9);
    const runs = await db.reader.runs(LOCAL_USER_ID, { first: 10, after: null }, { workflowId: claim.workflowId });
    expect(runs.rows).toHaveLength(2);
  });

  it("finds no workflow that is unknown or somebody else's", async () => {
    const { workflow } = await db.submit();
    const before = await db.everything();
    const unknown = promptCommand({ workflowId: newId('workflow') });
    const foreign = promptCommand({ workflowId: workflow.id, ownerId: stranger });
    expect(await db.submission.submit(unknown)).toEqual({ kind: 'not-found' });
    expect(await db.submission.submit(foreign)).toEqual({ kind: 'not-found' });
    expect(await db.everything()).toEqual(before);
  });

  it('names the agent that answers a workflow when another is asked for', async () => {
    const { workflow } = await db.submit();
    const command = promptCommand({ workflowId: workflow.id, agent: 'other-agent' });
    expect(await db.submission.submit(command)).toEqual({ kind: 'agent-mismatch', agent: 'workflow-builder' });
  });
});

describe('an idempotency key', () => {
  it('answers with what was stored when the same input comes again, even after the run has ended', async () => {
    const command = promptCommand({ idempotencyKey: 'same\0key' });
    const first = await db.submission.submit(command);
    if (first.kind !== 'accepted') throw new Error('unreachable');
    expect(first.replayed).toBe(false);
    await db.cancellation.cancel(LOCAL_USER_ID, first.run.id);
    expect(await db.submission.submit({ ...command, model: 'another-model' })).toMatchObject({
      kind: 'accepted',
      replayed: true,
      workflow: { id: first.workflow.id },
      run: { id: first.run.id, status: 'CANCELED' },
    });
  });

  it('delivers the run again while nobody has begun it, and never after that', async () => {
    const command = promptCommand({ idempotencyKey: 'delivered' });
    const { run } = await db.submit(command);
    const dispatched = async () => {
      db.effects.length = 0;
      await db.submission.submit(command);
      return db.effects;
    };
    const change = { type: 'workflow-changed', ownerId: LOCAL_USER_ID, workflowId: run.workflowId, deleted: false };
    expect(await dispatched()).toEqual([change, { type: 'dispatch-run', runId: run.id, attempts: 0 }]);
    const { claim } = await db.claim(run.id);
    expect(await dispatched()).toEqual([change]);
    await db.store.beginCompleting(claim);
    expect(await dispatched()).toEqual([change]);
    await db.store.finishRun(claim, { status: 'SUCCEEDED', title: null, saveRevision: false }, null);
    expect(await dispatched()).toEqual([change]);
  });

  it('is refused with another input', async () => {
    const command = promptCommand({ idempotencyKey: 'reused' });
    const { workflow } = await db.submit(command);
    for (const change of [
      { prompt: 'Something else' },
      { workflowId: workflow.id },
      { agent: 'other' },
      { timeZone: 'UTC' },
    ]) {
      expect(await db.submission.submit({ ...command, ...change })).toEqual({ kind: 'idempotency-reused' });
    }
  });

  it('stores one run when the same input arrives many times at once', async () => {
    const before = await runsOf(LOCAL_USER_ID);
    const command = promptCommand({ idempotencyKey: 'together' });
    const results = await Promise.all(Array.from({ length: 10 }, () => db.submission.submit(command)));
    const accepted = results.filter((result) => result.kind === 'accepted');
    expect(accepted).toHaveLength(10);
    expect(new Set(accepted.map((result) => result.run.id)).size).toBe(1);
    expect(accepted.filter((result) => !result.replayed)).toHaveLength(1);
    expect(await runsOf(LOCAL_USER_ID)).toBe(before + 1);
  });

  it('lets one of several inputs through when they arrive at once', async () => {
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map((prompt) => db.submission.submit(promptCommand({ prompt, idempotencyKey: 'mixed' }))),
    );
    expect(results.map((result) => result.kind).sort()).toEqual([
      'accepted',
      'idempotency-reused',
      'idempotency-reused',
      'idempotency-reused',
    ]);
  });

  it('belongs to its owner', async () => {
    const first = await db.submit({ idempotencyKey: 'mine' });
    const second = await db.submit({ idempotencyKey: 'mine', ownerId: stranger });
    expect(second.run.id).not.toBe(first.run.id);
  });

  it('outlives the workflow that it started: a repeat starts nothing', async () => {
    const command = promptCommand({ idempotencyKey: 'deleted' });
    const { workflow, run } = await db.submit(command);
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    expect(await db.editing.deleteWorkflow(LOCAL_USER_ID, workflow.id)).toMatchObject({ kind: 'deleted' });
    const before = await runsOf(LOCAL_USER_ID);
    expect(await db.submission.submit(command)).toEqual({ kind: 'deleted' });
    expect(await db.submission.submit({ ...command, prompt: 'Other' })).toEqual({ kind: 'idempotency-reused' });
    expect(await runsOf(LOCAL_USER_ID)).toBe(before);
  });

  it('is forgotten when its time is over, and no earlier', async () => {
    const aged = async (idempotencyKey: string, age: string) => {
      await db.submit({ idempotencyKey });
      await db.dataSource.query(`UPDATE idempotency_keys SET created_at = created_at - $2::interval WHERE key = $1`, [
        idempotencyKey,
        age,
      ]);
    };
    await aged('old', `${limits.idempotencyKeyHours} hours 1 minute`);
    await aged('young', `${limits.idempotencyKeyHours - 1} hours 59 minutes`);
    await Promise.all([db.idempotency.prune(), db.idempotency.prune()]);
    const again = (idempotencyKey: string) => db.submission.submit(promptCommand({ idempotencyKey }));
    expect(await again('young')).toMatchObject({ kind: 'accepted', replayed: true });
    expect(await again('old')).toMatchObject({ kind: 'accepted', replayed: false });
  });

  it('is not spent by a submit that was refused', async () => {
    const { claim } = await db.submitAndClaim();
    const command = promptCommand({ workflowId: claim.workflowId, idempotencyKey: 'refused-first' });
    expect(await db.submission.submit(command)).toMatchObject({ kind: 'locked' });
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    expect(await db.submission.submit(command)).toMatchObject({ kind: 'accepted', replayed: false });
  });
});
