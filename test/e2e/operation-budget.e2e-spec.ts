import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowId } from '#libs/contracts';
import { createDataSource } from '#libs/persistence';
import { addPastRuns } from '../support/past-runs.js';
import { cpuSecondsOf } from '../support/process-usage.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const pastRuns = 100;
const answerBytes = 40_000;
const hooksOfEach = 20;
const aliases = 30;
/** What an operation of too much may be answered with. */
const refusalBytes = 2_000;

const times = (field: string) => Array.from({ length: aliases }, (_, index) => `a${index}: ${field}`).join(' ');
/** Some 25 MB. */
const conversations = times('messages(last: 20) { nodes { parts chunks } }');
/** Some 60,000 rows. */
const histories = times('runs(first: 100) { nodes { hooks { id } } }');
const exceeded = { extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED', retryable: false }) };

let system: System;
let workflowId: string;

beforeAll(async () => {
  system = await System.start();
  const started = await system.api.start('Post a message in Slack');
  workflowId = started.workflowId;
  await until(async () => (await system.api.run(started.runId))?.status === 'SUCCEEDED', 'the run succeeds', 60_000);
  const { url: databaseUrl } = system.database;
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'spec' }).initialize();
  await addPastRuns(dataSource, workflowId as WorkflowId, pastRuns, answerBytes);
  await dataSource.query(
    `INSERT INTO hooks (id, run_id, workflow_id, owner_id, name, title, status, token_hash, schema)
     SELECT 'hook_' || md5(id || number), id, workflow_id, owner_id, 'approval', 'Approve', 'CANCELED', md5(id || number), '{}'
       FROM runs, generate_series(1, ${hooksOfEach}) AS number WHERE workflow_id = $1 AND status = 'SUCCEEDED'`,
    [workflowId],
  );
  await dataSource.destroy();
});
afterAll(() => system?.stop());

async function asked(query: string, variables: Record<string, unknown>): Promise<string> {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

/** CPU milliseconds that the api has used so far: while it computes, everybody else waits. */
const usedByApi = () => cpuSecondsOf(system.apiProcess.pid ?? 0) * 1_000;

describe('an operation that asks for more than one may', () => {
  it.each([
    [
      'bytes, thirty times the same conversation',
      times(`workflow(id: $id) { messages(last: 20) { nodes { parts chunks } } }`),
    ],
    ['bytes, thirty conversations of one workflow', `workflow(id: $id) { ${conversations} }`],
    ['rows', `workflow(id: $id) { ${histories} }`],
  ])('gets the reason alone, soon, and keeps nobody waiting: %s', async (_what, selection) => {
    const before = usedByApi();
    const text = await asked(`query($id: ID!) { ${selection} }`, { id: workflowId });
    expect(usedByApi() - before).toBeLessThan(4_000);
    expect(text.length).toBeLessThan(refusalBytes);
    expect(JSON.parse(text)).toEqual({ data: null, errors: [expect.objectContaining(exceeded)] });
  });

  const follow = `subscription($id: ID!) { workflowStream(workflowId: $id) { cursor events { __typename
    ... on StreamSnapshot { workflow { ${histories} } } } } }`;

  it('gets it in place of an event that it would follow over a socket', async () => {
    const client = system.api.newSocket();
    const events = client.iterate({ query: follow, variables: { id: workflowId } });
    expect((await events.next()).value).toEqual({ data: null, errors: [expect.objectContaining(exceeded)] });
    await client.dispose();
  });

  it('gets it in place of an event that it would follow over HTTP', async () => {
    const client = createClient({ url: `${system.url}/graphql`, retryAttempts: 0 });
    const events = client.iterate({ query: follow, variables: { id: workflowId } });
    expect((await events.next()).value).toEqual({ data: null, errors: [expect.objectContaining(exceeded)] });
    client.dispose();
  });

  it('has changed what it was to change, which the same idempotency key finds', async () => {
    const input = { prompt: 'Then post another one', idempotencyKey: randomUUID(), workflowId };
    const submit = (selection: string) =>
      asked(`mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { ${selection} } }`, { input });
    const refused = JSON.parse(await submit(`workflow { ${conversations} }`));
    expect(refused).toMatchObject({ data: null, errors: [exceeded] });
    expect(refused.errors[0].message).toContain('may have been made all the same');
    const found = JSON.parse(await submit('run { id prompt } userErrors { code }'));
    expect(found.data.submitPrompt).toMatchObject({ run: { prompt: input.prompt }, userErrors: [] });
    const latest = 'query($id: ID!) { workflow(id: $id) { latestRun { id } } }';
    expect(JSON.parse(await asked(latest, { id: workflowId })).data.workflow.latestRun).toEqual({
      id: found.data.submitPrompt.run.id,
    });
  });
});
