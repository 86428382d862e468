import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { hookSigningKey, signWebhook } from '#libs/engine';
import { assertDelivered } from '../support/delivery-check.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

interface Hook {
  id: string;
  status: string;
  url: string | null;
  payload: unknown;
  resolvedBy: { id: string } | null;
}

const prompt = 'Write a post about our new office dog';
const hookSecret = 'a secret for signatures';
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});
afterAll(() => system?.stop());

async function hooksOf(on: System, runId: string): Promise<Hook[]> {
  const document = 'query($id: ID!) { run(id: $id) { hooks { id status url payload resolvedBy { id } } } }';
  return (await on.api.data<{ run: { hooks: Hook[] } }>(document, { id: runId })).run.hooks;
}

/** A run of the post's author that waits for its approval. */
async function waitingRun(on = system): Promise<{ runId: string; workflowId: string; hook: Hook; url: string }> {
  const { workflow, run } = await on.api.submitPrompt({ prompt, agent: 'post-author' });
  if (!workflow || !run) throw new Error('The prompt was refused.');
  await until(async () => (await on.api.run(run.id))?.status === 'WAITING', 'the run waits');
  const [hook] = await hooksOf(on, run.id);
  if (!hook?.url) throw new Error('The hook has no address.');
  return { runId: run.id, workflowId: workflow.id, hook, url: `${on.url}${hook.url}` };
}

async function post(url: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

async function resolve(hookId: string, payload: unknown) {
  const document = `mutation($input: ResolveHookInput!) { resolveHook(input: $input) {
    hook { id status url payload resolvedBy { id } } userErrors { code field message } } }`;
  type Answer = { resolveHook: { hook: Hook | null; userErrors: { code: string; field: string[] | null }[] } };
  return (await system.api.data<Answer>(document, { input: { hookId, payload } })).resolveHook;
}

const reaches = (runId: string, status: string, on = system) =>
  until(async () => (await on.api.run(runId))?.status === status, `the run is ${status}`);

describe('the address of a hook', () => {
  it('takes one answer, which sets the run going, and then no other', async () => {
    const { runId, workflowId, url } = await waitingRun();
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    expect(await post(url, '{"approved":true}')).toMatchObject({ status: 200 });
    await reaches(runId, 'SUCCEEDED');
    // As a webhook does whose reply was lost.
    expect(await post(url, '{"approved":true}')).toMatchObject({ status: 200 });
    const another = await post(url, '{"approved":false}');
    expect(another).toMatchObject({ status: 409, text: expect.stringContaining('already been answered') });
    expect(await hooksOf(system, runId)).toMatchObject([
      { status: 'RESOLVED', url: null, payload: { approved: true }, resolvedBy: null },
    ]);
    await subscriber.sawEndOf(runId);
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });

  it('refuses what it cannot use, with the status that says why, and stays open', async () => {
    const { runId, url } = await waitingRun();
    const wrong = await post(url, '{"approved":"perhaps"}');
    expect(wrong.status).toBe(422);
    expect(JSON.parse(wrong.text).errors[0].extensions.reasons).toMatchObject([{ path: ['approved'] }]);
    expect((await post(url, '{"approved":')).status).toBe(400);
    expect((await post(url, 'approved=true', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(url, JSON.stringify({ comment: 'x'.repeat(70_000) }))).status).toBe(413);
    const deep = await post(url, `${'['.repeat(3_000)}${']'.repeat(3_000)}`);
    expect(deep).toMatchObject({ status: 422, text: expect.stringContaining('deeper than 64 levels') });
    expect((await post(`${system.url}/hooks/${'A'.repeat(43)}`, '{"approved":true}')).status).toBe(404);
    expect(await system.api.run(runId)).toMatchObject({ status: 'WAITING' });
    expect((await post(url, '{"approved":false}')).status).toBe(200);
    await reaches(runId, 'SUCCEEDED');
  });

  it('lets exactly one of many answers through', async () => {
    const { runId, url } = await waitingRun();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => post(url, JSON.stringify({ approved: true, comment: `${index}` }))),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, ...Array(11).fill(409)]);
    await reaches(runId, 'SUCCEEDED');
  });

  it('is gone when the run is canceled, which subscribers are told', async () => {
    const { runId, workflowId, url } = await waitingRun();
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    expect((await system.api.cancelRun(runId)).run).toMatchObject({ status: 'CANCELED' });
    expect(await post(url, '{"approved":true}')).toMatchObject({ status: 410 });
    expect(await hooksOf(system, runId)).toMatchObject([{ status: 'CANCELED', url: null }]);
    await subscriber.sawEndOf(runId);
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });
});

describe('resolveHook', () => {
  it('takes the answer of the owner and names who gave it', async () => {
    const { runId, hook } = await waitingRun();
    const refused = await resolve(hook.id, { approved: 'perhaps' });
    expect(refused).toMatchObject({
      hook: null,
      userErrors: [{ code: 'VALIDATION', field: ['input', 'payload', 'approved'] }],
    });
    const taken = await resolve(hook.id, { approved: true });
    expect(taken).toMatchObject({
      hook: { status: 'RESOLVED', resolvedBy: { id: expect.any(String) } },
      userErrors: [],
    });
    expect((await resolve(hook.id, { approved: false })).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    await reaches(runId, 'SUCCEEDED');
  });

  it('holds answers to the bounds that those by address are held to', async () => {
    const { runId, hook } = await waitingRun();
    const deep: unknown = JSON.parse(`${'['.repeat(3_000)}${']'.repeat(3_000)}`);
    for (const payload of [deep, { approved: true, extra: 'x'.repeat(70_000) }]) {
      const refused = await resolve(hook.id, payload);
      expect(refused).toMatchObject({ hook: null, userErrors: [{ code: 'VALIDATION', field: ['input', 'payload'] }] });
    }
    expect(await system.api.run(runId)).toMatchObject({ status: 'WAITING' });
    await system.api.cancelRun(runId);
  });

  it('knows only hooks that exist', async () => {
    for (const id of [newId('hook'), newId('run'), 'nonsense']) {
      expect((await resolve(id, {})).userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['input', 'hookId'] }]);
    }
  });
});

describe('with a secret for signatures', () => {
  let signed: System;
  beforeAll(async () => {
    signed = await System.start({ tokensPerSecond: 0, environment: { HOLDFAST_HOOK_SECRET: hookSecret } });
  });
  afterAll(() => signed?.stop());

  const body = '{"approved":true}';
  const tokenOf = (url: string) => url.split('/').at(-1) ?? '';
  const now = () => Math.floor(Date.now() / 1000);
  function headersFor(url: string, { id = 'msg_1', at = now(), of = body } = {}): Record<string, string> {
    const signature = signWebhook(hookSigningKey(hookSecret, tokenOf(url)), id, at, of);
    return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature };
  }

  it('takes only what was signed for this hook, lately', async () => {
    const { runId, url } = await waitingRun(signed);
    const other = await waitingRun(signed);
    expect((await post(url, body)).status).toBe(401);
    expect((await post(url, body, headersFor(url, { of: '{"approved":false}' }))).status).toBe(401);
    expect((await post(url, body, headersFor(url, { at: now() - 400 }))).status).toBe(401);
    const captured = headersFor(url);
    expect((await post(other.url, body, captured)).status).toBe(401);
    const first = await post(url, body, captured);
    expect(first.status).toBe(200);
    // The same request again, by the sender or by whoever captured it, is told the same and changes nothing.
    expect(await post(url, body, captured)).toEqual(first);
    await reaches(runId, 'SUCCEEDED', signed);
    expect(await signed.api.run(other.runId)).toMatchObject({ status: 'WAITING' });
  });

  it('takes what the example of the protocol signs', async () => {
    const { runId, url } = await waitingRun(signed);
    const document = readFileSync('docs/protocol/hooks.md', 'utf8');
    const [, script = ''] = /```sh\n([\s\S]*?)```/.exec(document) ?? [];
    expect(script).toContain('webhook-signature');
    const { stdout } = await promisify(execFile)('bash', ['-c', `url=$1; ${script}`, 'hooks', url], {
      env: { ...process.env, HOLDFAST_HOOK_SECRET: hookSecret },
    });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'RESOLVED' });
    await reaches(runId, 'SUCCEEDED', signed);
  });
});

describe('hooks that were opened before their key had a secret of its own', () => {
  it('keep their addresses', async () => {
    const serviceToken = 'the service token of both releases';
    const environment = { HOLDFAST_SERVICE_TOKEN: serviceToken };
    const older = await System.start({ tokensPerSecond: 0, workers: 0, environment });
    try {
      await older.addWorker({ HOLDFAST_HOOK_KEY: serviceToken });
      const { runId, url } = await waitingRun(older);
      expect((await post(url, '{"approved":true}')).status).toBe(200);
      await reaches(runId, 'SUCCEEDED', older);
    } finally {
      await older.stop();
    }
  });
});
