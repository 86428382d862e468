import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt, LOCAL_USER_ID, type RunId, runErrorInfo } from '#libs/contracts';
import { type RunStore, StoreUnavailableError } from '#libs/engine';
import { emptyPatch } from '#libs/graph';
import { until } from '../../../test/support/until.js';
import { createTestDatabase, promptCommand, stepResult, type TestDatabase } from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { PromptSubmission } from './prompt-submission.js';
import { RunRetry } from './run-retry.js';
import { PostgresRunStore } from './run-store/postgres-run-store.js';
import { inTransaction, isOutage, isTransient } from './transactions.js';
import type { RunView } from './views.js';
import { WorkflowEditing } from './workflow-editing.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

/**
 * The same database, but the reply to the first transaction, or to the first statement without one, is lost.
 * @param meanwhile what happens before the client notices
 */
function losingOneReply(meanwhile: () => Promise<unknown> = async () => undefined): DataSource {
  let lost = false;
  return new Proxy(db.dataSource, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      if (property !== 'transaction' && property !== 'query') return member.bind(target);
      return async (...args: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, args);
        if (lost) return result;
        lost = true;
        await meanwhile();
        throw new Error('Connection terminated unexpectedly');
      };
    },
  });
}

describe('a lost reply to COMMIT', () => {
  it('does not submit a prompt twice, and does not call the second try locked', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'CANCELED' }, null);
    for (const workflowId of [null, claim.workflowId]) {
      const before = await db.everything();
      const submitted = await new PromptSubmission(losingOneReply()).submit(promptCommand({ workflowId }));
      const result = await submitted.result;
      expect(result).toMatchObject({ kind: 'accepted', replayed: false });
      expect((await db.everything()).runs).toHaveLength((before.runs?.length ?? 0) + 1);
    }
  });

  it('delivers a prompt once more only while its run is queued', async () => {
    const dispatched = async (meanwhile?: (runId: RunId) => Promise<unknown>) => {
      const newest = async () => (await db.reader.runs(LOCAL_USER_ID, { first: 1, after: null })).rows[0] as RunView;
      const dataSource = losingOneReply(async () => meanwhile?.((await newest()).id));
      const { effects } = await new PromptSubmission(dataSource).submit(promptCommand());
      return effects.filter(({ type }) => type === 'dispatch-run');
    };
    expect(await dispatched()).toMatchObject([{ attempts: 0 }]);
    expect(await dispatched((runId) => db.claim(runId))).toEqual([]);
    expect(await dispatched((runId) => db.cancellation.cancel(LOCAL_USER_ID, runId))).toEqual([]);
  });

  it('stores a step, its start, its failure and its usage once', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    const usage = { inputTokens: 3, outputTokens: 4, reasoningTokens: null };
    const start = { name: 'once', occurrence: 0, kind: 'MODEL_CALL', input: null, inputHash: 'hash' } as const;
    const { step, tryNumber } = await new PostgresRunStore(losingOneReply(), () => undefined).startStep(claim, start);
    expect(tryNumber).toBe(1);
    const checkpoint = { segments: [], cursor: cursorAt(claim.epoch, 1) };
    const done = await new PostgresRunStore(losingOneReply(), () => undefined).completeStep(
      claim,
      step.id,
      stepResult({ usage }),
      checkpoint,
    );
    expect(done.status).toBe('SUCCEEDED');
    expect((await db.reader.run(LOCAL_USER_ID, claim.runId))?.usage).toEqual(usage);
    expect((await db.reader.stepAttempts([step.id])).get(step.id)).toHaveLength(1);
    const { step: failing } = await db.store.startStep(claim, { ...start, occurrence: 1 });
    const failure = { error: runErrorInfo('INTERNAL'), retryInMs: 0, usage };
    const failed = await new PostgresRunStore(losingOneReply(), () => undefined).failStepTry(
      claim,
      failing.id,
      failure,
    );
    expect(failed).toMatchObject({ step: { status: 'RETRYING', usage }, nextRetryAt: expect.any(String) });
    const { rows } = await db.reader.runEvents(LOCAL_USER_ID, claim.runId, { first: 100, after: null });
    const types = ['run_created', 'run_started', 'step_started', 'step_completed', 'step_started', 'step_retrying'];
    expect(rows.map(({ type }) => type)).toEqual(types);
  });

  it('edits the graph once and still answers with the event', async () => {
    const { claim } = await db.submitAndClaim();
    const start = { name: 'edit', occurrence: 0, kind: 'TOOL_CALL', input: null, inputHash: 'hash' } as const;
    const { step } = await db.store.startStep(claim, start);
    const done = await new PostgresRunStore(losingOneReply(), () => undefined).completeGraphStep(
      claim,
      step.id,
      (graph) => ({
        ...stepResult({ output: 'edited' }),
        chunks: [],
        graph,
        patch: { ...emptyPatch(), removeNodeIds: ['a'] },
        issues: [],
      }),
    );
    expect(done).toMatchObject({ output: 'edited', event: { revision: 1, removeNodeIds: ['a'] } });
  });

  it('leaves a claim whose reply was lost to its worker, who hands the run back as a stray', async () => {
    const worker = await db.leases.register(60_000);
    const { run } = await db.submit();
    const claimed = await new PostgresRunStore(losingOneReply(), () => undefined).claimRun(run.id, {
      worker,
      isAlone: false,
    });
    expect(claimed).toEqual({ kind: 'nothing-to-do' });
    expect(await db.held.strays(worker, [])).toEqual([run.id]);
  });

  it('lets the end of a run be recognised as its own', async () => {
    const { claim } = await db.submitAndClaim();
    const outcome = { status: 'SUCCEEDED', title: null, saveRevision: true } as const;
    const end = await new PostgresRunStore(losingOneReply(), () => undefined).finishRun(claim, outcome, null);
    expect(end).toMatchObject({ runId: claim.runId, events: [{ type: 'status', runStatus: 'SUCCEEDED' }] });
  });

  it('does not refuse a retry or a deletion that has just happened', async () => {
    const { workflow, run } = await db.submit();
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    expect(await new RunRetry(losingOneReply()).retry(LOCAL_USER_ID, run.id)).toMatchObject({
      result: { kind: 'accepted' },
    });
    await db.cancellation.cancel(LOCAL_USER_ID, run.id);
    const editing = new WorkflowEditing(losingOneReply());
    expect(await editing.deleteWorkflow(LOCAL_USER_ID, workflow.id)).toMatchObject({
      result: { kind: 'deleted' },
      effects: [{ type: 'workflow-changed' }, { type: 'remove-stream' }],
    });
  });
});

describe('an outage', () => {
  it('is told by every method of the run store as one', async () => {
    const { claim } = await db.submitAndClaim();
    const away = await createDataSource({ databaseUrl: db.url, applicationName: 'spec' }).initialize();
    const driver = away.driver as PostgresDriver;
    await driver.master.end();
    const store = new PostgresRunStore(away, () => undefined, 0);
    const end = { runId: claim.runId, epoch: claim.epoch, events: [] };
    const methods = Object.getOwnPropertyNames(PostgresRunStore.prototype).filter(
      (name) => !['constructor', 'command', 'performed', 'called', 'transaction', 'patiently'].includes(name),
    );
    const argument = {
      name: '',
      input: null,
      output: null,
      error: null,
      chunks: [],
      usage: null,
      cursor: cursorAt(1, 1),
      result: { output: null, chunks: [], usage: null },
    };
    for (const method of methods as (keyof RunStore)[]) {
      const call: (...args: never[]) => Promise<unknown> = store[method].bind(store);
      const second = method === 'markStreamClosed' ? cursorAt(1, 1) : argument;
      const args = [method === 'markEndsPublished' ? [end] : claim, second, argument, argument] as never[];
      const failure = await call(...args).catch((error: unknown) => error);
      expect(failure, method).toBeInstanceOf(StoreUnavailableError);
    }
  });
});

describe('a statement that is its own transaction', () => {
  it('waits for its workflow on the server only as long as its function says', async () => {
    const { claim } = await db.submitAndClaim();
    const limited = await db.dataSource.query<{ name: string }[]>(
      "SELECT oid::regprocedure::text AS name FROM pg_proc WHERE 'lock_timeout=30s' = ANY(proconfig)",
    );
    const limitTo = async (limit: string) => {
      for (const { name } of limited) await db.dataSource.query(`ALTER FUNCTION ${name} SET lock_timeout = '${limit}'`);
    };
    const store = new PostgresRunStore(db.dataSource, () => undefined, 0);
    const start = { name: 'waits', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;
    await limitTo('50ms');
    try {
      await db.dataSource.transaction(async (holder) => {
        await holder.query("SET LOCAL idle_in_transaction_session_timeout = '10s'");
        await holder.query('SELECT FROM holdfast.workflows WHERE id = $1 FOR UPDATE', [claim.workflowId]);
        for (const call of [
          () => store.checkpoint(claim, { segments: [], cursor: cursorAt(claim.epoch, 1) }),
          () => store.startStep(claim, start),
          () => store.beginCompleting(claim),
          () => store.finishRun(claim, { status: 'CANCELED' }, null),
          () => store.markStreamClosed(claim, cursorAt(claim.epoch, 1)),
        ]) {
          const failure = await call().catch((error: unknown) => error);
          expect(failure, call.toString()).toBeInstanceOf(StoreUnavailableError);
        }
      });
    } finally {
      await limitTo('30s');
    }
  });
});

describe('a transaction', () => {
  /** Ends the session of a transaction's first try. Returns at once, or when the client has noticed. */
  async function endSession(manager: EntityManager, noticed: boolean): Promise<void> {
    const [session] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await db.dataSource.query('SELECT pg_terminate_backend($1)', [session?.pid]);
    if (noticed) await until(() => manager.queryRunner?.isReleased, 'the client has noticed');
  }

  for (const noticed of [false, true]) {
    for (const committing of [false, true]) {
      const place = committing ? 'before its COMMIT' : 'in the middle';
      it(`is started again when its session ends ${place} and it has ${noticed ? '' : 'not '}noticed`, async () => {
        const { workflow } = await db.submit();
        const tries: number[] = [];
        await inTransaction(db.dataSource, async (manager, attempt) => {
          tries.push(attempt);
          await manager.query(`UPDATE workflows SET title = title || '!' WHERE id = $1`, [workflow.id]);
          if (attempt === 1) await endSession(manager, noticed);
          if (!committing) await manager.query('SELECT 1');
        });
        expect(tries).toEqual([1, 2]);
        const stored = await db.reader.workflow(LOCAL_USER_ID, workflow.id);
        expect(stored?.title).toBe(`${workflow.title}!`);
      });
    }
  }

  it('is not started again for an error that would only come back', async () => {
    let tries = 0;
    const failing = inTransaction(db.dataSource, async (manager) => {
      tries++;
      await manager.query('SELECT 1 / 0');
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(tries).toBe(1);
    expect(isTransient('not an error')).toBe(false);
  });

  it('is not started again where nothing answers: its second try might be committed when nobody waits for it', () => {
    const silence = new Error('Connection terminated due to connection timeout');
    expect(isTransient(silence)).toBe(false);
    expect(isOutage(silence)).toBe(true);
  });

  it.each([
    ['divides by zero', 'SELECT 1 / 0', false],
    ['breaks a rule of the schema', 'INSERT INTO users (id) VALUES (null)', false],
    ['names no table', 'SELECT * FROM nowhere', false],
    ['nests JSON too deeply', `SELECT (repeat('[', 100000))::json`, false],
    ['is canceled by an operator', 'SELECT pg_cancel_backend(pg_backend_pid())', true],
    ['is ended by an operator', 'SELECT pg_terminate_backend(pg_backend_pid())', true],
  ])('that %s is an outage: %#', async (_what, statement, expected) => {
    const failure = await db.dataSource.query(statement).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isOutage(failure)).toBe(expected);
  });

  it.each([
    ['on a closed port', (url: URL) => Object.assign(url, { port: '1' })],
    ['at a name that does not resolve', (url: URL) => Object.assign(url, { hostname: 'nowhere.invalid' })],
    ['that has no such database', (url: URL) => Object.assign(url, { pathname: '/nowhere' })],
  ])('finds a server %s to be an outage', async (_where, change) => {
    const databaseUrl = change(new URL(db.url)).href;
    const failure = await createDataSource({ databaseUrl, applicationName: 'spec' })
      .initialize()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isOutage(failure)).toBe(true);
  });

  it('does not keep others out for long when its process is frozen inside it', async () => {
    const idleMs = `SELECT setting AS ms FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'`;
    const [inside] = await inTransaction(db.dataSource, (manager) => manager.query<{ ms: string }[]>(idleMs));
    expect(Number(inside?.ms)).toBe(5_000);
    // Behind a pooler, another client may use the session next.
    const [outside] = await db.dataSource.query<{ ms: string }[]>(idleMs);
    expect(Number(outside?.ms)).toBe(0);
  });
});
