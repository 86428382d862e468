/**
 * How long readers wait while what is stored grows: a workflow with many runs, the history of a long run, the list of all
 * workflows. Everything is asked for over the API, with other rows than those asked for left as they are.
 */
import { createOpenAI } from '@ai-sdk/openai';
import { LOCAL_USER_ID, type WorkflowId } from '#libs/contracts';
import type { GraphqlApi } from '../test/support/graphql-api.ts';
import { System } from '../test/support/system.ts';
import { connectSocket, type StreamFrame, streamBatchOf, subscribe } from './api-socket.ts';
import { type BenchmarkRow, compare, type Subject } from './benchmark-row.ts';
import { EngineServices, executeToTheEnd } from './engine-bench-services.ts';
import { unlimited } from './unlimited.ts';

const ROUNDS = 20;
const RUNS = [1, 50, 500];
const EVENTS = [100, 20_000];
const WORKFLOWS = [1_000, 100_000];

const NEWEST = `query($id: ID!) { workflow(id: $id) { status graph { nodes { id } } messages { nodes { id chunks } }
  runs(first: 20) { nodes { id status } } } }`;
const EVENTS_PAGE = `query($id: ID!, $after: String) { run(id: $id) { events(first: 100, after: $after) {
  nodes { id type at } pageInfo { endCursor hasNextPage } } } }`;
const LIST_PAGE = `query($after: String) { workflows(first: 100, after: $after) {
  nodes { id title status updatedAt } pageInfo { endCursor hasNextPage } } }`;

interface Setting {
  system: System;
  services: EngineServices;
}

type Tell = (note: string) => void;

export async function growth(tell: Tell): Promise<BenchmarkRow[]> {
  const system = await System.start({ workers: 0, tokensPerSecond: 0, apiEnvironment: unlimited });
  const services = await EngineServices.connect(system.database.url, system.redis.url);
  try {
    const setting = { system, services };
    return [
      ...(await manyRuns(setting, tell)),
      ...(await manyEvents(setting, tell)),
      ...(await manyWorkflows(setting, tell)),
    ];
  } finally {
    await services.close();
    await system.stop();
  }
}

/** Every run has a prompt and an answer of 50 deltas. */
async function manyRuns({ system, services }: Setting, tell: Tell): Promise<BenchmarkRow[]> {
  const model = createOpenAI({ baseURL: `${system.simulatorUrl}/v1`, apiKey: 'simulator' })('simulator');
  const messages = [{ role: 'user' as const, content: '[[sim: text=50]] hello' }];
  const executor = services.executor(async (context) => {
    await context.generate({ model, instructions: 'Answer.', messages, tools: {}, maxSteps: 1 });
  });
  const first = await services.submit();
  await executeToTheEnd(executor, first);
  const [run] = await services.query<{ id: WorkflowId }>('SELECT workflow_id AS id FROM runs WHERE id = $1', [first]);
  const id = run?.id;
  if (!id) throw new Error('The first run has no workflow.');
  const queries: Subject[] = [];
  const snapshots: Subject[] = [];
  let runs = 1;
  for (const count of RUNS) {
    tell(`${count} runs in a workflow`);
    for (; runs < count; runs += 1) await executeToTheEnd(executor, await services.submit(id));
    await services.query('ANALYZE');
    const subject = counted(count, 'run');
    queries.push({ subject, samples: await timesOf(() => system.api.data(NEWEST, { id })), note: 'newest page' });
    snapshots.push({ subject, samples: await timesOf(() => snapshot(system.url, id)), note: 'with connecting' });
  }
  return [
    ...compare('Workflow with many runs, by query', 'ms', queries),
    ...compare('Workflow with many runs, snapshot of a subscription', 'ms', snapshots),
  ];
}

/** The history of one run, lengthened by copies of its first event. */
async function manyEvents({ system, services }: Setting, tell: Tell): Promise<BenchmarkRow[]> {
  const id = await services.submit();
  const subjects: Subject[] = [];
  for (const count of EVENTS) {
    tell(`${count} events in a history`);
    await services.query(
      `INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, data)
       SELECT 'evt_' || replace(gen_random_uuid()::text, '-', ''), run_id, workflow_id, owner_id, type, data
         FROM (SELECT * FROM run_events WHERE run_id = $1 ORDER BY ordinal LIMIT 1) AS first,
              generate_series(1, $2 - (SELECT count(*)::int FROM run_events WHERE run_id = $1))`,
      [id, count],
    );
    subjects.push(...(await firstAndLast(system.api, EVENTS_PAGE, 'run.events', { id }, counted(count, 'event'))));
  }
  return compare('History of a run, a page of 100', 'ms', subjects);
}

async function manyWorkflows({ system, services }: Setting, tell: Tell): Promise<BenchmarkRow[]> {
  const subjects: Subject[] = [];
  for (const count of WORKFLOWS) {
    tell(`${count} workflows`);
    await services.query(
      `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph,
                              graph_revision)
       SELECT 'wf_' || replace(gen_random_uuid()::text, '-', ''), owner_id, 'Workflow ' || number, title_is_own, agent,
              'IDLE', epoch, cursor_epoch, cursor_seq, graph, graph_revision
         FROM (SELECT * FROM workflows WHERE owner_id = $1 ORDER BY ordinal LIMIT 1) AS first,
              generate_series(1, $2 - (SELECT count(*)::int FROM workflows)) AS number`,
      [LOCAL_USER_ID, count],
    );
    subjects.push(...(await firstAndLast(system.api, LIST_PAGE, 'workflows', {}, counted(count, 'workflow'))));
  }
  return compare('List of workflows, a page of 100', 'ms', subjects);
}

interface Page {
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

/** The first page, and the last, which is found by going through all of them once. */
async function firstAndLast(
  api: GraphqlApi,
  document: string,
  field: string,
  variables: Record<string, unknown>,
  subject: string,
): Promise<Subject[]> {
  const read = async (after: string | null): Promise<Page> => {
    let answer: unknown = await api.data(document, { ...variables, after });
    for (const name of field.split('.')) answer = (answer as Record<string, unknown>)[name];
    return answer as Page;
  };
  let last: string | null = null;
  for (let page = await read(null); page.pageInfo.hasNextPage; page = await read(last)) last = page.pageInfo.endCursor;
  return [
    { subject, samples: await timesOf(() => read(null)), note: 'the first page' },
    { subject, samples: await timesOf(() => read(last)), note: 'the last page' },
  ];
}

async function snapshot(apiUrl: string, workflowId: string): Promise<void> {
  const socket = await connectSocket(apiUrl);
  await new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      if (streamBatchOf(JSON.parse(String(data)) as StreamFrame)?.caughtUp) resolve();
    });
    subscribe(socket, '1', workflowId, null);
  });
  socket.terminate();
}

async function timesOf(work: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const start = performance.now();
    await work();
    if (round >= 0) samples.push(performance.now() - start);
  }
  return samples;
}

const counted = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
