import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHoldfastClient, type HoldfastClient, type SessionSnapshot, textOf } from '#libs/client';
import type { WorkflowId } from '#libs/contracts';
import { createDataSource } from '#libs/persistence';
import { StreamDocument } from '../../libs/client/src/__generated__/graphql.ts';
import { addPastRuns } from '../support/past-runs.js';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** More than any operation may answer of many messages. */
const runBytes = 12 * 1024 * 1024;
const textBytes = 128 * 1024;
const pastRuns = 3;

type Ready = Extract<SessionSnapshot, { phase: 'ready' }>;

let system: System;
let workflowId: string;
const clients: HoldfastClient[] = [];

/** Of the workflow, the newest run and one in the past have written that much; of four others, the newest one. */
beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  for (let count = 0; count < 5; count += 1) {
    const { workflowId: id, runId } = await system.api.start('Post a message in Slack');
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds', 60_000);
    workflowId = id;
  }
  const { url: databaseUrl } = system.database;
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'spec' }).initialize();
  await addPastRuns(dataSource, workflowId as WorkflowId, pastRuns);
  await dataSource.query(
    `UPDATE messages SET chunks = (
       SELECT jsonb_agg(chunk ORDER BY number, later) FROM generate_series(1, $2::int) AS number, LATERAL (VALUES
         (0, jsonb_build_object('type', 'text-start', 'id', number::text)),
         (1, jsonb_build_object('type', 'text-delta', 'id', number::text, 'delta', repeat('x', $3::int))),
         (2, jsonb_build_object('type', 'text-end', 'id', number::text))) AS text (later, chunk))
      WHERE role = 'assistant' AND run_id IN (
        SELECT DISTINCT ON (workflow_id) id FROM runs ORDER BY workflow_id, ordinal DESC
      ) OR run_id = (SELECT id FROM runs WHERE workflow_id = $1 ORDER BY ordinal OFFSET 1 LIMIT 1) AND role = 'assistant'`,
    [workflowId, runBytes / textBytes, textBytes],
  );
  await dataSource.destroy();
});
afterEach(() => Promise.all(clients.splice(0).map((client) => client.dispose())));
afterAll(() => system?.stop());

function opened() {
  const client = createHoldfastClient({ url: system.url });
  clients.push(client);
  const session = client.session(workflowId);
  session.subscribe(() => undefined);
  return session;
}

const lengths = (shown: Ready) => shown.messages.map((message) => textOf(message).length);
const longs = (shown: Ready) => lengths(shown).filter((length) => length >= runBytes).length;
const times = (field: string) => Array.from({ length: 30 }, (_, index) => `a${index}: ${field}`).join(' ');

describe('a workflow whose newest run has written more than other answers may hold', () => {
  it('is opened, opened again, and read back past other runs of that size', { timeout: 120_000 }, async () => {
    for (let time = 0; time < 2; time += 1) {
      const session = opened();
      const shown = await session.until(({ connection: { name } }) => name === 'live' || name === 'refused');
      // Whatever fails here is printed, so nothing large is compared.
      expect([shown.phase, shown.connection.name]).toEqual(['ready', 'live']);
      expect(longs(shown as Ready)).toBe(1);
      const isIdle = (snapshot: SessionSnapshot) => snapshot.phase === 'ready' && !snapshot.history.loading;
      for (let pages = 0; pages < pastRuns; pages += 1) {
        await session.until(isIdle);
        await session.loadOlderMessages();
      }
      const whole = (await session.until(isIdle)) as Ready;
      expect(whole.history).toMatchObject({ hasOlder: false, problem: null });
      expect(whole.messages.length).toBe(2 * (pastRuns + 1));
      expect(longs(whole)).toBe(2);
    }
  });

  it('is sent whole to whoever follows without a cursor', async () => {
    const socket = system.api.newSocket();
    const { value } = await socket.iterate({ query: StreamDocument.toString(), variables: { workflowId } }).next();
    await socket.dispose();
    expect(value.errors).toBeUndefined();
    expect(JSON.stringify(value).length).toBeGreaterThan(2 * runBytes);
  });

  const asked = async (selection: string) => {
    const response = await fetch(`${system.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `query($id: ID!) { ${selection} workflow(id: $id) { id } }`,
        variables: { id: workflowId },
      }),
    });
    return response.text();
  };

  it('is shown in a list, when not too many of its kind are asked for', async () => {
    const text = await asked('workflows(first: 1) { nodes { messages { edges { node { chunks parts } } } } }');
    expect(JSON.parse(text).errors).toBeUndefined();
    expect(text.length).toBeGreaterThan(2 * runBytes);
  });

  it.each([
    ['conversations', times('workflow(id: $id) { messages { nodes { parts chunks } } }')],
    ['pages of one conversation', `b: workflow(id: $id) { ${times('messages { nodes { parts chunks } }')} }`],
    ['messages', `b: workflow(id: $id) { messages { nodes { ${times('chunks')} } } }`],
    ['lists', 'workflows(first: 30) { nodes { messages { nodes { id } } } }'],
  ])('is not answered many times over by one operation: thirty %s', async (_what, selection) => {
    const text = await asked(selection);
    expect(text.length).toBeLessThan(2_000);
    expect(JSON.parse(text).errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', retryable: false });
  });
});
