/**
 * A fresh, migrated database per spec file, and short ways to the states that specs begin with. Owns its databases: what
 * it creates it drops.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import {
  LOCAL_USER_ID,
  type RunId,
  type StepSummary,
  type UIMessageChunk,
  type UserId,
  type WorkerId,
  type WorkflowId,
} from '#libs/contracts';
import type { ClaimedRun, Committed, Effect, StepResult } from '#libs/engine';
import { createDataSource } from '../src/data-source.js';
import { HeldRuns } from '../src/held-runs.js';
import { IdempotencyPruning } from '../src/idempotency-pruning.js';
import { PromptSubmission } from '../src/prompt-submission.js';
import type { SubmitPromptCommand } from '../src/read-models.js';
import { RunCancellation } from '../src/run-cancellation.js';
import { RunRetry } from '../src/run-retry.js';
import { PostgresRunStore } from '../src/run-store/postgres-run-store.js';
import { runMigrations } from '../src/schema-migrations.js';
import { StrandedRuns } from '../src/stranded-runs.js';
import type { RunView, WorkflowView } from '../src/views.js';
import { WorkerLeases } from '../src/worker-leases.js';
import { WorkflowEditing } from '../src/workflow-editing.js';
import { WorkflowReader } from '../src/workflow-reader.js';

export interface EmptyDatabase {
  url: string;
  dataSource: DataSource;
  drop(): Promise<void>;
}

/** @param adminUrl a database whose user may create others; the runner exports it as HOLDFAST_TEST_DATABASE_URL */
export async function createEmptyDatabase(
  adminUrl: string | undefined,
  { searchPath = true } = {},
): Promise<EmptyDatabase> {
  if (!adminUrl) throw new Error('HOLDFAST_TEST_DATABASE_URL is not set. Run the tests with `npm test`.');
  const name = `persistence_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name}`);
  // Short names for the statements of specs. What the library itself sends is spelled out: `neighbours` proves it.
  if (searchPath) await asAdmin(adminUrl, `ALTER DATABASE ${name} SET search_path = holdfast, public`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const dataSource = createDataSource({ databaseUrl: url.href, poolSize: 12, applicationName: 'persistence-spec' });
  await dataSource.initialize();
  return {
    url: url.href,
    dataSource,
    drop: async () => {
      await dataSource.destroy();
      // A closed pool says goodbye to the server without waiting for it; dropping before that would kill the session.
      const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = '${name}'`;
      await asAdmin(adminUrl, sessions, (rows) => rows.length === 0);
      await asAdmin(adminUrl, `DROP DATABASE ${name}`);
    },
  };
}

async function asAdmin(url: string, statement: string, until = (_rows: unknown[]) => true): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query(statement);
      if (until(rows)) return;
    }
  } finally {
    await client.end();
  }
}

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>;

/** A migrated database with everything that works on it. */
export async function createTestDatabase(adminUrl: string | undefined) {
  const database = await createEmptyDatabase(adminUrl);
  const { dataSource } = database;
  await runMigrations(dataSource);
  const effects: Effect[] = [];
  const store = new PostgresRunStore(dataSource, (following) => effects.push(...following));
  const commands = {
    submission: new PromptSubmission(dataSource),
    cancellation: new RunCancellation(dataSource),
    retrying: new RunRetry(dataSource),
    held: new HeldRuns(dataSource),
    editing: new WorkflowEditing(dataSource),
  };

  /** Keeps the effects of a command. */
  async function after<T>(command: Promise<Committed<T>>): Promise<Awaited<T>> {
    const committed = await command;
    effects.push(...committed.effects);
    return await committed.result;
  }

  async function submit(command: Partial<SubmitPromptCommand> = {}): Promise<{ workflow: WorkflowView; run: RunView }> {
    const result = await after(commands.submission.submit(promptCommand(command)));
    if (result.kind !== 'accepted') throw new Error(`The prompt was not accepted: ${result.kind}.`);
    return result;
  }

  async function claim(runId: RunView['id']): Promise<ClaimedRun> {
    const result = await store.claimRun(runId);
    if (result.kind !== 'claimed') throw new Error(`The run was not claimed: ${result.kind}.`);
    return result.run;
  }

  return {
    ...database,
    store,
    /** Of all commands, in their order. Nobody performs them. */
    effects,
    submission: { submit: (command: SubmitPromptCommand) => after(commands.submission.submit(command)) },
    cancellation: { cancel: (owner: UserId, runId: RunId) => after(commands.cancellation.cancel(owner, runId)) },
    retrying: { retry: (owner: UserId, runId: RunId) => after(commands.retrying.retry(owner, runId)) },
    stranded: new StrandedRuns(dataSource),
    held: {
      ofGoneWorkers: () => commands.held.ofGoneWorkers(),
      loseIfGone: (runId: RunId) => after(commands.held.loseIfGone(runId)),
      strays: (worker: WorkerId, inHand: RunId[]) => commands.held.strays(worker, inHand),
      releaseStray: (worker: WorkerId, runId: RunId) => after(commands.held.releaseStray(worker, runId)),
    },
    leases: new WorkerLeases(dataSource),
    editing: {
      renameWorkflow: (owner: UserId, id: WorkflowId, title: string) =>
        after(commands.editing.renameWorkflow(owner, id, title)),
      deleteWorkflow: (owner: UserId, id: WorkflowId) => after(commands.editing.deleteWorkflow(owner, id)),
    },
    idempotency: new IdempotencyPruning(dataSource),
    reader: new WorkflowReader(dataSource),
    submit,
    claim,
    submitAndClaim: async (command: Partial<SubmitPromptCommand> = {}) => claim((await submit(command)).run.id),
    /** Starts a step and stores its result. */
    runStep: async (claimed: ClaimedRun, name: string, result: Partial<StepResult> = {}): Promise<StepSummary> => {
      const start = { name, occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'hash' } as const;
      const { step } = await store.startStep(claimed.claim, start);
      return store.completeStep(claimed.claim, step.id, stepResult(result), null);
    },
    /** Holds a workflow's row, so that others gather before it until the gate opens. */
    lockWorkflow: async (workflowId: WorkflowId) => {
      const holder = dataSource.createQueryRunner();
      await holder.startTransaction();
      // It is idle for as long as the others take to gather.
      await holder.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      await holder.query('SELECT 1 FROM workflows WHERE id = $1 FOR UPDATE', [workflowId]);
      return {
        waitForWaiters: async (count: number): Promise<void> => {
          for (;;) {
            const [row] = await dataSource.query<{ waiting: number }[]>(
              `SELECT count(*)::int AS waiting FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            );
            if ((row?.waiting ?? 0) >= count) return;
          }
        },
        open: async (): Promise<void> => {
          await holder.commitTransaction();
          await holder.release();
        },
      };
    },
    addUser: async (id: UserId) => {
      await dataSource.query('INSERT INTO users (id, name) VALUES ($1, $2)', [id, 'Somebody else']);
    },
    /** Every row of every table but users, for proving that nothing changed. */
    everything: async (): Promise<Record<string, unknown[]>> => {
      const tables = [
        'workflows',
        'runs',
        'messages',
        'message_segments',
        'steps',
        'step_attempts',
        'run_events',
        'hooks',
        'graph_revisions',
      ];
      const entries = await Promise.all(
        tables.map(async (table) => [table, await dataSource.query(`SELECT * FROM ${table} ORDER BY 1, 2`)] as const),
      );
      return Object.fromEntries(entries);
    },
  };
}

export function promptCommand(command: Partial<SubmitPromptCommand> = {}): SubmitPromptCommand {
  return {
    ownerId: LOCAL_USER_ID,
    workflowId: null,
    prompt: 'Tell the team when a form comes in',
    agent: 'workflow-builder',
    model: 'test-model',
    timeZone: null,
    idempotencyKey: null,
    ...command,
  };
}

export function stepResult(result: Partial<StepResult> = {}): StepResult {
  return { output: null, chunks: [], usage: null, ...result };
}

/** A finished text part. */
export function textPart(id: string, text: string): UIMessageChunk[] {
  return [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: text },
    { type: 'text-end', id },
  ];
}
