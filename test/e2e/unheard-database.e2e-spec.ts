import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#libs/contracts';
import { System } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { createDatabase, roleUrls } from '../support/test-services.ts';

/** What an answer may take beyond the deadline, on a machine that is busy with other suites. */
const slackMs = 3_000;
const prompt = 'Post a message in Slack';
const submit = `mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) {
  workflow { id } run { id } userErrors { code } } }`;
const follow = 'subscription($id: ID!) { workflowStream(workflowId: $id) { cursor } }';
const late = { extensions: expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }) };

interface Submitted {
  submitPrompt: { workflow: { id: string } | null; run: { id: string } | null };
}

let system: System;
let link: TcpProxy;

beforeAll(async () => {
  const database = await createDatabase();
  link = await TcpProxy.to(Number(new URL(database.url).port));
  system = await System.start({
    database,
    apiEnvironment: { HOLDFAST_DATABASE_URL: link.through(roleUrls(database.url).api) },
  });
});
afterEach(() => link?.mend());
afterAll(async () => {
  await system?.stop();
  await link?.stop();
});

/** What came of it; fails when that took longer than anybody is left without an answer. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work;
  expect(performance.now() - begun).toBeLessThan(limits.operationMs + slackMs);
  return result;
}

async function overSocket(id: string): Promise<unknown> {
  const client = system.api.newSocket();
  try {
    return await new Promise((resolve) => {
      client.subscribe(
        { query: follow, variables: { id } },
        { next: resolve, error: resolve, complete: () => resolve('completed') },
      );
    });
  } finally {
    await client.dispose();
  }
}

async function overHttp(id: string): Promise<unknown> {
  const client = createClient({ url: `${system.url}/graphql`, retryAttempts: 0 });
  try {
    for await (const { errors } of client.iterate({ query: follow, variables: { id } })) return errors;
    return 'completed';
  } finally {
    client.dispose();
  }
}

async function answerToHook(): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${system.url}/hooks/${'a'.repeat(43)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return { status: response.status, body: await response.json() };
}

const countOfRuns = async () =>
  (await system.api.data<{ runs: { nodes: unknown[] } }>('{ runs(first: 100) { nodes { id } } }')).runs.nodes.length;

describe('while Postgres takes everything and answers nothing', () => {
  it('queries, mutations, answers to hooks and subscriptions are refused within the deadline', async () => {
    const { workflowId } = await system.api.start(prompt);
    link.stall();
    const [answers, hook, socket, stream] = await Promise.all([
      Promise.all([
        inTime(system.api.request('{ workflows { nodes { id } } }')),
        inTime(system.api.request('query($id: ID!) { workflow(id: $id) { status } }', { id: workflowId })),
        inTime(system.api.request(submit, { input: { prompt } })),
      ]),
      inTime(answerToHook()),
      inTime(overSocket(workflowId)),
      inTime(overHttp(workflowId)),
    ]);
    for (const answer of answers) {
      expect(answer).toEqual({ data: null, errors: [expect.objectContaining(late)] });
    }
    expect(hook).toMatchObject({ status: 503, body: { errors: [late] } });
    expect(socket).toMatchObject([late]);
    expect(stream).toMatchObject([late]);
    expect((await fetch(`${system.url}/livez`)).status).toBe(200);
    link.mend();
    expect(await system.api.workflow(workflowId)).toMatchObject({ id: workflowId });
  });

  it('a commit may have happened, and the same idempotency key finds it', async () => {
    const before = await countOfRuns();
    const input = { prompt, idempotencyKey: randomUUID() };
    const committed = link.stallAtReplyWith('"accepted"');
    const refused = await inTime(system.api.request<Submitted>(submit, { input }));
    await committed;
    expect(refused.errors).toMatchObject([late]);
    // Asked for again while nothing has changed, it is refused again.
    expect((await inTime(system.api.request<Submitted>(submit, { input }))).errors).toMatchObject([late]);
    link.mend();
    const found = await system.api.data<Submitted>(submit, { input });
    expect(found.submitPrompt.run?.id).toMatch(/^run_/);
    expect(await system.api.data<Submitted>(submit, { input })).toEqual(found);
    expect(await countOfRuns()).toBe(before + 1);
  });

  it('connections that never come back are replaced, however many ask', async () => {
    const ask = () => Promise.all(Array.from({ length: 30 }, countOfRuns));
    await ask();
    link.stall();
    await Promise.allSettled(Array.from({ length: 30 }, () => inTime(countOfRuns())));
    link.mendForNewOnly();
    const begun = performance.now();
    let refusals = 0;
    while (
      !(await ask().then(
        () => true,
        () => false,
      ))
    ) {
      refusals += 1;
      expect(performance.now() - begun).toBeLessThan(2 * limits.operationMs + slackMs);
    }
    expect(refusals).toBeLessThan(3);
  });
});
