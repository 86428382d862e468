import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowId } from '#libs/contracts';
import { createDataSource } from '#libs/persistence';
import { addPastRuns } from '../support/past-runs.js';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

interface Connection {
  nodes: { id: string; role: string; run: { id: string } }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

const pastRuns = 60;
let system: System;
let workflowId: string;
/** All messages, oldest first. */
let ids: string[];

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  const started = await system.api.start('Every day at 9 post a message in Slack');
  workflowId = started.workflowId;
  await until(async () => (await system.api.run(started.runId))?.status === 'SUCCEEDED', 'the run succeeds', 60_000);
  const dataSource = await createDataSource({
    databaseUrl: system.database.url,
    applicationName: 'spec',
  }).initialize();
  await addPastRuns(dataSource, workflowId as WorkflowId, pastRuns);
  const rows = await dataSource.query<{ id: string }[]>(
    'SELECT id FROM messages WHERE workflow_id = $1 ORDER BY ordinal',
    [workflowId],
  );
  ids = rows.map((row) => row.id);
  await dataSource.destroy();
});

afterAll(() => system?.stop());

const document = `query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  workflow(id: $id) { messages(first: $first, after: $after, last: $last, before: $before) {
    nodes { id role run { id } } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

async function page(request: Record<string, unknown>): Promise<Connection> {
  const data = await system.api.data<{ workflow: { messages: Connection } }>(document, { id: workflowId, ...request });
  return data.workflow.messages;
}

const idsOf = ({ nodes }: Connection) => nodes.map((node) => node.id);

describe('the messages of a workflow', () => {
  it('are the newest ones when nothing else is asked for', async () => {
    const newest = await page({});
    expect(idsOf(newest)).toEqual(ids.slice(-20));
    expect(newest.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    expect(newest.edges.map((edge) => edge.node.id)).toEqual(ids.slice(-20));
    expect(newest.nodes.at(-1)?.role).toBe('assistant');
  });

  it.each([7, 50, 100])('come completely and once from the end to the beginning, %i at a time', async (last) => {
    let seen: string[] = [];
    for (let before: string | null = null; ; ) {
      const part = await page({ last, before });
      seen = [...idsOf(part), ...seen];
      expect(part.pageInfo.hasNextPage).toBe(before !== null);
      before = part.pageInfo.startCursor;
      if (!part.pageInfo.hasPreviousPage) break;
    }
    expect(seen).toEqual(ids);
  });

  it.each([9, 100])('come completely and once from the beginning to the end, %i at a time', async (first) => {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const part = await page({ first, after });
      seen.push(...idsOf(part));
      expect(part.pageInfo.hasPreviousPage).toBe(after !== null);
      after = part.pageInfo.endCursor;
      if (!part.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(ids);
  });

  it('name their runs', async () => {
    const { nodes } = await page({ first: 4 });
    expect(new Set(nodes.map((node) => node.run.id)).size).toBe(2);
  });

  it('are empty behind the last and in front of the first one', async () => {
    const [newest, oldest] = [await page({ last: 1 }), await page({ first: 1 })];
    expect(await page({ first: 5, after: newest.pageInfo.endCursor })).toMatchObject({ nodes: [] });
    expect(await page({ last: 5, before: oldest.pageInfo.startCursor })).toMatchObject({
      nodes: [],
      pageInfo: { hasPreviousPage: false, startCursor: null },
    });
  });

  it.each([
    { last: 101 },
    { first: 0 },
    { first: 5, last: 5 },
    { first: 5, before: 'x' },
    { last: 5, before: 'x' },
    { last: 5, before: Buffer.from('e2:run:5').toString('base64url') },
  ])('refuse %o', async (request) => {
    const { errors } = await system.api.request(document, { id: workflowId, ...request });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('of many workflows at once may not be more than a page of pages', async () => {
    const pages = (size: number) => `{ workflows(first: ${size}) { nodes { runs(first: ${size}) { nodes {
      workflow { messages(last: ${size}) { nodes { id } } } } } } } }`;
    expect((await system.api.request(pages(2))).errors).toBeUndefined();
    expect((await system.api.request(pages(60))).errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
