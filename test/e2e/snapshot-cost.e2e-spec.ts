import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits, type WorkflowId } from '#libs/contracts';
import { createDataSource } from '#libs/persistence';
import { SnapshotDocument, StreamDocument } from '../../libs/client/src/__generated__/graphql.ts';
import { addPastRuns } from '../support/past-runs.js';
import { StatementCounter } from '../support/statement-counter.ts';
import { System } from '../support/system.ts';
import { createDatabase } from '../support/test-services.ts';

interface Cost {
  bytes: number;
  statements: number;
}

let system: System;
let counter: StatementCounter;

beforeAll(async () => {
  const database = await createDatabase();
  counter = await StatementCounter.before(database.url);
  // Without a worker nobody but the api asks the database.
  system = await System.start({ database, workers: 0, appDatabaseUrl: counter.url });
});

afterAll(async () => {
  await system?.stop();
  await counter?.stop();
});

/** A workflow with so many runs that have ended, and one that is queued. */
async function workflowWith(runs: number, answerBytes: number): Promise<string> {
  const { workflowId } = await system.api.start('Tell the team when a form comes in');
  const dataSource = await createDataSource({
    databaseUrl: system.database.url,
    applicationName: 'spec',
  }).initialize();
  await addPastRuns(dataSource, workflowId as WorkflowId, runs, answerBytes);
  await dataSource.destroy();
  return workflowId;
}

async function costOf(read: () => Promise<unknown>): Promise<Cost> {
  const before = counter.statements;
  const answer = await read();
  return { bytes: JSON.stringify(answer).length, statements: counter.statements - before };
}

const queried = (id: string) => costOf(() => system.api.data(SnapshotDocument.toString(), { id }));

/** The first batch of whoever has no cursor is a snapshot. */
function subscribed(workflowId: string): Promise<Cost> {
  return costOf(async () => {
    const socket = system.api.newSocket();
    const batches = socket.iterate({ query: StreamDocument.toString(), variables: { workflowId } });
    const { value } = await batches.next();
    await socket.dispose();
    return value;
  });
}

it('a snapshot costs the same however many runs a workflow has had', async () => {
  const few = await workflowWith(30, 200);
  const many = await workflowWith(500, 200);
  for (const read of [queried, subscribed]) {
    const [short, long] = [await read(few), await read(many)];
    expect(short.statements).toBeGreaterThan(2);
    expect(long.statements).toBe(short.statements);
    expect(long.bytes / short.bytes).toBeGreaterThan(0.98);
    expect(long.bytes / short.bytes).toBeLessThan(1.02);
  }
});

it('a list reads nothing large that it is not asked for', async () => {
  const { workflowId } = await system.api.start('Tell the team when a form comes in');
  const dataSource = await createDataSource({ databaseUrl: system.database.url, applicationName: 'spec' }).initialize();
  const large = `jsonb_build_object('nodes', '[]'::jsonb, 'edges', '[]'::jsonb, 'text', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 3000) AS n))`;
  await dataSource.query(`UPDATE workflows SET graph = ${large} WHERE id = $1`, [workflowId]);
  await dataSource.query(
    `INSERT INTO graph_revisions (id, workflow_id, owner_id, revision, graph)
     SELECT 'rev_' || md5(id || number), id, owner_id, number, ${large} FROM workflows, generate_series(1, 10) AS number WHERE id = $1`,
    [workflowId],
  );
  await dataSource.query(
    `INSERT INTO hooks (id, run_id, workflow_id, owner_id, name, title, status, token_hash, schema, payload)
     SELECT 'hook_' || md5(id || number), id, workflow_id, owner_id, 'approval', 'Approve', 'CANCELED', md5(id || number), '{}', ${large}
       FROM runs, generate_series(1, 10) AS number WHERE workflow_id = $1`,
    [workflowId],
  );
  await dataSource.query(
    `INSERT INTO steps (id, run_id, workflow_id, owner_id, name, occurrence, kind, status, input, output, chunks)
     SELECT 'step_' || md5(id || number), id, workflow_id, owner_id, 'draft', number, 'MODEL_CALL', 'RUNNING', ${large}, NULL, '[]'
       FROM runs, generate_series(1, 10) AS number WHERE workflow_id = $1`,
    [workflowId],
  );
  await dataSource.destroy();
  const bytesOf = async (selection: string) => {
    const before = counter.answeredBytes;
    await system.api.data(`query($id: ID!) { workflow(id: $id) { id } ${selection} }`, { id: workflowId });
    return counter.answeredBytes - before;
  };
  const workflow = (selection: string) => `b: workflow(id: $id) { ${selection} }`;
  const lists: [small: string, whole: string][] = [
    ['workflows { nodes { title } }', 'workflows { edges { node { graph { revision } } } }'],
    [workflow('revisions { nodes { revision } }'), workflow('revisions { nodes { graph { revision } } }')],
    [workflow('latestRun { hooks { title } }'), workflow('latestRun { hooks { payload } }')],
    [workflow('latestRun { steps { nodes { name } } }'), workflow('latestRun { steps { edges { node { input } } } }')],
    ['runs { nodes { workflow { title } } }', 'runs { nodes { workflow { graph { revision } } } }'],
  ];
  for (const [small, whole] of lists) {
    const [without, within] = [await bytesOf(small), await bytesOf(whole)];
    expect(within, whole).toBeGreaterThan(90_000);
    expect(without, small).toBeLessThan(50_000);
  }
});

it('a snapshot is bounded in bytes, however long the answers were', async () => {
  const workflowId = await workflowWith(40, 100_000);
  // Each message comes as chunks and as parts.
  const most = 2 * limits.messagePageBytes + 64 * 1024;
  expect((await queried(workflowId)).bytes).toBeLessThan(most);
  expect((await subscribed(workflowId)).bytes).toBeLessThan(most);
});
