import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHoldfastClient, type HoldfastClient, type SessionSnapshot, textOf } from '#libs/client';
import { newId } from '#libs/contracts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const wish = 'When a Stripe payment fails, tell #billing in Slack and email the CFO.';
const marks = 300;
/** Long enough to be interrupted on the way; the numbers show what is missing, doubled or out of order. */
const longPrompt = `[[sim: tps=120]] [[sim: text=${marks}]] ${wish}`;

type Ready = Extract<SessionSnapshot, { phase: 'ready' }>;
const isReady = (snapshot: SessionSnapshot): snapshot is Ready => snapshot.phase === 'ready';
const isDone = (snapshot: SessionSnapshot): snapshot is Ready =>
  isReady(snapshot) && snapshot.workflow.run?.status === 'SUCCEEDED';

let system: System;
const clients: HoldfastClient[] = [];

function newClient(options: Partial<Parameters<typeof createHoldfastClient>[0]> = {}): HoldfastClient {
  const client = createHoldfastClient({ url: system.url, ...options });
  clients.push(client);
  return client;
}

/** The platform's WebSocket, with a list of those that were opened. */
function countedSockets() {
  const opened: WebSocket[] = [];
  class CountedWebSocket extends WebSocket {
    constructor(...parameters: ConstructorParameters<typeof WebSocket>) {
      super(...parameters);
      opened.push(this);
    }
  }
  return { opened, webSocket: CountedWebSocket };
}

function marksOf(snapshot: SessionSnapshot): number[] {
  const text = isReady(snapshot) ? snapshot.messages.map(textOf).join('') : '';
  return [...text.matchAll(/ #(\d+)/g)].map((match) => Number(match[1]));
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
const seen = (count: number) => (snapshot: SessionSnapshot) => marksOf(snapshot).length >= count;

/** What was followed must be what a reader finds who was not there. */
async function expectSameAsStored(shown: Ready): Promise<void> {
  expect(marksOf(shown)).toEqual(upTo(marks));
  const stored = await system.api.workflow(shown.workflow.id);
  expect(shown.messages.map(({ id, complete }) => ({ id, complete }))).toEqual(
    stored?.messages.map(({ id, complete }) => ({ id, complete })),
  );
  for (const [at, message] of shown.messages.entries()) {
    expect(JSON.parse(JSON.stringify(message.parts))).toEqual(stored?.messages[at]?.parts);
  }
  expect(shown.workflow.graph.revision).toBe(stored?.graph.revision);
  expect(shown.workflow.graph.nodes.map((node) => node.id).sort()).toEqual(
    stored?.graph.nodes.map((node) => node.id).sort(),
  );
}

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
});

afterAll(async () => {
  await system?.stop();
});

describe('a client of a running server', () => {
  it('submits, follows to the end and shows what is stored', async () => {
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: longPrompt });
    const shown = await client.session(workflowId).until(isDone);
    await expectSameAsStored(shown);
    expect(shown.workflow).toMatchObject({ status: 'IDLE', promptLock: null, hooks: [] });
  });

  it('survives a restart of the api without missing or repeating anything', async () => {
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: longPrompt });
    const session = client.session(workflowId);
    const states = new Set<string>();
    session.subscribe(() => states.add(session.getSnapshot().connection.name));
    await session.until(seen(20));
    await system.apiProcess.stop();
    await session.until(({ connection }) => connection.name === 'reconnecting');
    await system.apiProcess.start();
    const shown = await session.until(isDone);
    expect(states).toContain('live');
    expect(states).not.toContain('refused');
    await expectSameAsStored(shown);
  });

  it('misses and repeats nothing when its socket is cut again and again', async () => {
    const { opened, webSocket } = countedSockets();
    // A slow handshake makes others follow over HTTP.
    const socketsOnly: typeof fetch = (input, init) =>
      new Headers(init?.headers).get('accept') === 'text/event-stream'
        ? Promise.reject(new TypeError('fetch failed'))
        : fetch(input, init);
    const client = newClient({ webSocket, fetch: socketsOnly });
    const { workflowId } = await client.submitPrompt({ prompt: longPrompt });
    const session = client.session(workflowId);
    // Without a listener that stays, the session would end with each wait, and no cut would meet one that is followed.
    const leave = session.subscribe(() => undefined);
    for (const count of [10, 40, 70, 100]) {
      await session.until((snapshot) => snapshot.connection.name === 'live' && seen(count)(snapshot));
      const before = opened.length;
      opened.at(-1)?.close();
      await until(() => opened.length > before, 'it opens another socket');
    }
    await expectSameAsStored(await session.until(isDone));
    expect(opened.length).toBeGreaterThan(4);
    leave();
  });

  it('starts one run when the answer to a submit is lost', async () => {
    let lost = 0;
    const client = newClient({
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (lost++ > 0) return response;
        await response.text();
        throw new TypeError('fetch failed');
      },
    });
    const { workflowId, run } = await client.submitPrompt({ prompt: wish });
    expect(lost).toBeGreaterThan(1);
    const answer = await client.request<{ workflow: { runs: { nodes: { id: string }[] } } }>(
      'query($id: ID!) { workflow(id: $id) { runs { nodes { id } } } }',
      { id: workflowId },
    );
    expect(answer.workflow.runs.nodes).toEqual([{ id: run.id }]);
    const [newest] = (await client.workflows({ first: 2 })).nodes;
    expect(newest?.id).toBe(workflowId);
  });

  it('tells refusals from errors, with their codes', async () => {
    const client = newClient();
    const { workflowId, run } = await client.submitPrompt({ prompt: longPrompt });
    await expect(client.submitPrompt({ prompt: wish, workflowId })).rejects.toMatchObject({
      kind: 'refusal',
      code: 'CONFLICT',
      retryable: false,
    });
    await expect(client.submitPrompt({ prompt: ' ' })).rejects.toMatchObject({
      code: 'VALIDATION',
      refusals: [{ field: expect.arrayContaining(['prompt']) }],
    });
    await expect(client.request('{ nothing }')).rejects.toMatchObject({ kind: 'request', code: 'BAD_USER_INPUT' });
    expect(await client.cancelRun(run.id)).toMatchObject({ id: run.id });
    const session = client.session(workflowId);
    const stopped = await session.until((shown) => isReady(shown) && shown.workflow.run?.status === 'CANCELED');
    expect(stopped).toMatchObject({ workflow: { status: 'IDLE' } });
    expect(await client.retryRun(run.id)).toMatchObject({ id: run.id, status: 'QUEUED' });
    session.refresh();
    await expectSameAsStored(await session.until(isDone));
  });

  it('answers a hook once', async () => {
    const client = newClient();
    const prompt = 'Write a post about our new office dog';
    const { workflowId } = await client.submitPrompt({ prompt, agent: 'post-author' });
    const openHook = (shown: SessionSnapshot) =>
      isReady(shown) ? shown.workflow.hooks.find(({ status }) => status === 'WAITING') : undefined;
    const waiting = await client.session(workflowId).until((shown) => openHook(shown) !== undefined);
    const id = openHook(waiting)?.id ?? '';
    await expect(client.resolveHook(id, { approved: 'perhaps' })).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(await client.resolveHook(id, { approved: true })).toMatchObject({ id, status: 'RESOLVED' });
    await expect(client.resolveHook(id, { approved: false })).rejects.toMatchObject({ code: 'CONFLICT' });
    await client.session(workflowId).until(isDone);
  });

  it('reads, renames and deletes', async () => {
    const client = newClient();
    expect(await client.serverInfo()).toMatchObject({
      simulated: true,
      agents: expect.arrayContaining(['workflow-builder']),
    });
    expect((await client.nodeCatalog()).map((type) => type.type)).toContain('action.slack');
    const { workflowId } = await client.submitPrompt({ prompt: wish });
    await client.session(workflowId).until(isDone);
    expect(await client.renameWorkflow(workflowId, 'Another title')).toMatchObject({ title: 'Another title' });
    expect(await client.workflow(workflowId)).toMatchObject({ title: 'Another title', status: 'IDLE' });
    await client.deleteWorkflow(workflowId);
    expect(await client.workflow(workflowId)).toBeNull();
  });

  it('says that there is no such workflow', async () => {
    const session = newClient().session(newId('workflow'));
    expect(await session.until(({ phase }) => phase === 'not-found')).toMatchObject({ phase: 'not-found' });
  });

  it('leaves nothing behind when it is disposed', async () => {
    const { opened, webSocket } = countedSockets();
    const client = newClient({ webSocket });
    const { workflowId } = await client.submitPrompt({ prompt: longPrompt });
    const session = client.session(workflowId);
    await session.until(seen(5));
    const never = session.until(() => false);
    const ended = expect(never).rejects.toThrow('ended');
    await client.dispose();
    await ended;
    await until(() => opened.every((socket) => socket.readyState === WebSocket.CLOSED), 'its sockets are closed');
    await expect(client.workflows()).rejects.toMatchObject({ code: 'CLIENT_DISPOSED' });
    await expect(client.session(workflowId).until(() => false)).rejects.toThrow('ended');
  });
});

describe('a client that follows more workflows than one socket carries', () => {
  it('opens another socket, and all of them are live', async () => {
    // Queued runs are enough to be followed.
    for (const worker of system.workers) await worker.stop();
    const { opened, webSocket } = countedSockets();
    const client = newClient({ webSocket });
    const submitted = await Promise.all(Array.from({ length: 51 }, () => client.submitPrompt({ prompt: 'hello' })));
    const live = (snapshot: SessionSnapshot) => snapshot.connection.name === 'live';
    const leaving = submitted.map(({ workflowId }) => client.session(workflowId).subscribe(() => undefined));
    await Promise.all(submitted.map(({ workflowId }) => client.session(workflowId).until(live)));
    expect(opened).toHaveLength(2);
    for (const leave of leaving) leave();
  });
});
