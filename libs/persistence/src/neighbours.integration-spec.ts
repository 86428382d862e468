import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, runErrorInfo } from '#libs/contracts';
import { createEmptyDatabase, type EmptyDatabase, promptCommand, stepResult } from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { IdempotencyPruning } from './idempotency-pruning.js';
import { runMigrationProgram } from './migration-program.js';
import { PromptSubmission } from './prompt-submission.js';
import { RunRetry } from './run-retry.js';
import { PostgresRunStore } from './run-store/postgres-run-store.js';
import { checkDatabase, revertLastMigration, runMigrations } from './schema-migrations.js';
import { StrandedRuns } from './stranded-runs.js';
import { WorkflowEditing } from './workflow-editing.js';
import { WorkflowReader } from './workflow-reader.js';

let database: EmptyDatabase;
const opened: DataSource[] = [];

beforeEach(async () => {
  database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL, { searchPath: false });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
  await database.drop();
});

async function connect(query = ''): Promise<DataSource> {
  const databaseUrl = `${database.url}${query}`;
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'neighbours' }).initialize();
  opened.push(dataSource);
  return dataSource;
}

/** Tables of another program, with the same names as ours. */
async function addNeighbour(): Promise<void> {
  await database.dataSource.query('CREATE TABLE migrations (id serial PRIMARY KEY, migration text, batch integer)');
  await database.dataSource.query(`INSERT INTO migrations (migration, batch) VALUES ('create_users', 1)`);
  await database.dataSource.query('CREATE TABLE users (id bigint PRIMARY KEY, email text)');
  await database.dataSource.query(`INSERT INTO users VALUES (1, 'a@example.org')`);
}

const neighbour = () =>
  Promise.all([
    database.dataSource.query('SELECT * FROM public.migrations'),
    database.dataSource.query('SELECT * FROM public.users'),
    database.dataSource.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`),
  ]);

/** Takes one run through everything that sends hand-written SQL. */
async function runThrough(dataSource: DataSource): Promise<void> {
  const store = new PostgresRunStore(dataSource, () => undefined);
  const { result } = await new PromptSubmission(dataSource).submit(promptCommand({ idempotencyKey: 'key' }));
  const submitted = await result;
  if (submitted.kind !== 'accepted') throw new Error(submitted.kind);
  const { run, workflow } = submitted;
  const claimed = await store.claimRun(run.id);
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
  const { claim } = claimed.run;
  const start = { name: 's', occurrence: 0, kind: 'FUNCTION', input: null, inputHash: 'h' } as const;
  const { step } = await store.startStep(claim, start);
  await store.failStepTry(claim, step.id, { error: runErrorInfo('INTERNAL'), retryInMs: 0, usage: null });
  await store.startStep(claim, start);
  await store.completeStep(claim, step.id, stepResult(), null);
  const sleep = await store.openSleep(claim, { ...start, name: 'sleep', kind: 'SLEEP' }, 3_600_000);
  expect(await store.settleWaits(claim, [sleep.step.id])).toEqual([]);
  expect(await store.holds(claim)).toBe(true);
  await store.finishRun(claim, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
  expect(await new RunRetry(dataSource).retry(LOCAL_USER_ID, run.id)).toMatchObject({ result: { kind: 'accepted' } });
  const again = await store.claimRun(run.id);
  if (again.kind !== 'claimed') throw new Error(again.kind);
  await store.finishRun(again.run.claim, { status: 'SUCCEEDED', title: 'T', saveRevision: true }, null);
  const stranded = new StrandedRuns(dataSource);
  expect(await stranded.unclosedStreams(0)).toMatchObject([{ runId: run.id }]);
  expect(await stranded.runsWithoutHeartbeat(0)).not.toContainEqual(expect.objectContaining({ runId: run.id }));
  expect(await stranded.overdueRuns()).toEqual([]);
  await new IdempotencyPruning(dataSource).prune();
  const reader = new WorkflowReader(dataSource);
  expect(await reader.workflowSnapshot(LOCAL_USER_ID, workflow.id)).toMatchObject({
    latestRun: { status: 'SUCCEEDED' },
  });
  expect((await reader.runEvents(LOCAL_USER_ID, run.id, { first: 1, after: null })).rows).toHaveLength(1);
  await expect(
    dataSource.query(`DELETE FROM "${schema(dataSource)}".run_events WHERE run_id = $1`, [run.id]),
  ).rejects.toThrow(/append-only/);
  expect(await new WorkflowEditing(dataSource).deleteWorkflow(LOCAL_USER_ID, workflow.id)).toMatchObject({
    result: { kind: 'deleted' },
  });
}

function schema(dataSource: DataSource): string {
  return (dataSource.options as { schema?: string }).schema ?? '';
}

describe('a database that another program uses too', () => {
  it.each(['', '?schema=team_a', '?schema=Team-B'])('holds our tables in a schema of their own (%s)', async (query) => {
    await addNeighbour();
    const before = await neighbour();
    const dataSource = await connect(query);
    await runMigrations(dataSource);
    expect(await checkDatabase(dataSource)).toEqual({ reachable: true, writable: true, migrated: true });
    await runThrough(dataSource);
    expect(await runMigrations(dataSource)).toEqual([]);
    for (let reverted: string | null = ''; reverted !== null; ) reverted = await revertLastMigration(dataSource);
    expect((await runMigrations(dataSource)).length).toBeGreaterThan(0);
    expect(await neighbour()).toEqual(before);
  });

  it('is left alone when the schema that is named holds tables of its', async () => {
    await addNeighbour();
    const before = await neighbour();
    const dataSource = await connect('?schema=public');
    await expect(runMigrations(dataSource)).rejects.toThrow(/tables of another program \(migrations, users\)/);
    expect(await neighbour()).toEqual(before);
  });

  it('says what is missing when the role may make no schema', async () => {
    const role = `spec_${randomBytes(6).toString('hex')}`;
    await database.dataSource.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'secret';
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    expect(await runMigrationProgram({ args: ['up'], databaseUrl: url.href, print, printError: print })).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/schema "holdfast" does not exist, and this role may not create it/)]);
    await database.dataSource.query(`DROP ROLE ${role}`);
  });
});

describe('tables of an older version, which stood in the schema of the connection', () => {
  it('move into the schema of their own with every row, and go on', async () => {
    const older = await connect('?schema=public');
    await runMigrations(older);
    const submitted = await (await new PromptSubmission(older).submit(promptCommand())).result;
    if (submitted.kind !== 'accepted') throw new Error(submitted.kind);
    const events = await older.query('SELECT * FROM public.run_events');
    expect(events).toHaveLength(1);

    const dataSource = await connect();
    expect(await checkDatabase(dataSource)).toEqual({ reachable: true, writable: true, migrated: false });
    expect(await runMigrations(dataSource)).toEqual([]);
    expect(await dataSource.query('SELECT * FROM holdfast.run_events')).toEqual(events);
    const left = `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`;
    expect(await database.dataSource.query(left)).toEqual([]);
    expect(await new WorkflowReader(dataSource).workflow(LOCAL_USER_ID, submitted.workflow.id)).not.toBeNull();
    await runThrough(dataSource);
  });

  it('stay where they are for a process that names another schema', async () => {
    const older = await connect('?schema=public');
    await runMigrations(older);
    const other = await connect('?schema=second');
    expect((await runMigrations(other)).length).toBeGreaterThan(0);
    expect(await older.query('SELECT id FROM public.users')).toHaveLength(1);
  });
});
