import { type Client, createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient, type SessionSnapshot, textOf } from '#libs/client';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import { UpgradeProxy } from '../support/upgrade-proxy.ts';

const marks = 200;
const prompt = (tokensPerSecond: number) =>
  `[[sim: tps=${tokensPerSecond}]] [[sim: text=${marks}]] Post a message in Slack`;
const document = `subscription($workflowId: ID!, $cursor: Cursor) { workflowStream(workflowId: $workflowId, cursor: $cursor) {
  cursor caughtUp events { __typename ... on StreamSnapshot { workflow { messages { nodes { chunks } } } }
    ... on MessageChunks { chunks } ... on StatusChanged { terminal } } } }`;

interface Batch {
  cursor: string;
  caughtUp: boolean;
  events: { __typename: string; terminal?: boolean; chunks?: unknown[] }[];
}

let system: System;
let proxy: UpgradeProxy;
let sse: Client;
const clients: HoldfastClient[] = [];

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  proxy = await UpgradeProxy.before(Number(new URL(system.url).port));
  sse = createClient({ url: `${system.url}/graphql`, retryAttempts: 0 });
});
afterEach(async () => {
  proxy.upgrades = 'pass';
  proxy.requests = 'pass';
  vi.restoreAllMocks();
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
});
afterAll(async () => {
  sse?.dispose();
  await proxy?.stop();
  await system?.stop();
});

async function* batchesOf(workflowId: string, cursor: string | null = null): AsyncGenerator<Batch> {
  for await (const { data, errors } of sse.iterate<{ workflowStream: Batch }>({
    query: document,
    variables: { workflowId, cursor },
  })) {
    if (errors || !data) throw errors;
    yield data.workflowStream;
  }
}

const isEnd = ({ events }: Batch) => events.some((event) => event.terminal);

describe('subscriptions over HTTP, with the client of graphql-sse', () => {
  it('bring the stream to its end, and go on from a cursor with nothing lost or repeated', async () => {
    const { workflowId } = await system.api.start(prompt(60));
    const all: Batch[] = [];
    for await (const batch of batchesOf(workflowId)) {
      all.push(batch);
      if (isEnd(batch)) break;
    }
    const middle = all.findIndex((batch) => batch.events.some((event) => event.__typename === 'MessageChunks'));
    const again: Batch[] = [];
    for await (const batch of batchesOf(workflowId, all[middle]?.cursor)) {
      again.push(batch);
      if (isEnd(batch)) break;
    }
    const text = (batches: Batch[]) =>
      JSON.stringify(batches.flatMap(({ events }) => events.flatMap((event) => event.chunks ?? [])))
        .match(/ #\d+/g)
        ?.join('');
    expect(text(again)).toBe(text(all.slice(middle + 1)));
    expect(again.at(-1)?.cursor).toBe(all.at(-1)?.cursor);
  });

  it.each([
    ['NOT_FOUND', document, { workflowId: 'wf_00000000000000000000000000000000' }],
    ['BAD_USER_INPUT', '{ viewer { id } }', {}],
    ['BAD_USER_INPUT', 'subscription { nothing }', {}],
    [
      'LIMIT_EXCEEDED',
      `subscription { workflowsChanged { ${Array.from({ length: 40 }, (_, n) => `a${n}: id`)} } }`,
      {},
    ],
  ])('are refused with %s as on a socket', async (code, query, variables) => {
    const answers: unknown[] = [];
    for await (const answer of sse.iterate({ query, variables })) answers.push(answer);
    expect(answers).toEqual([{ errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })] }]);
  });

  it('are answered with headers that no proxy gathers, and are let go when the client leaves', async () => {
    const leave = new AbortController();
    const response = await fetch(`${system.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', origin: 'https://flows.example' },
      body: JSON.stringify({ query: 'subscription { workflowDeleted }' }),
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': expect.stringContaining('no-transform'),
      'x-accel-buffering': 'no',
      'x-holdfast-websocket': 'origin-refused',
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    leave.abort();
  });

  it('are not given to pages of other sites, whose browsers ask before they send JSON', async () => {
    const preflight = await fetch(`${system.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://flows.example',
        accept: 'text/event-stream',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    await preflight.body?.cancel();
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('take neither other methods nor bodies that are not JSON', async () => {
    const accept = 'text/event-stream';
    expect((await fetch(`${system.url}/graphql?query=x`, { headers: { accept } })).status).toBe(405);
    const plain = { method: 'POST', headers: { accept, 'content-type': 'text/plain' }, body: '{"query":"x"}' };
    expect((await fetch(`${system.url}/graphql`, plain)).status).toBe(400);
  });
});

describe('a client behind a proxy that passes no WebSocket', () => {
  const isReady = (snapshot: SessionSnapshot) => snapshot.phase === 'ready';
  const marksOf = (snapshot: SessionSnapshot) =>
    snapshot.phase === 'ready'
      ? [
          ...snapshot.messages
            .map(textOf)
            .join('')
            .matchAll(/ #(\d+)/g),
        ].map((match) => Number(match[1]))
      : [];
  const isDone = (snapshot: SessionSnapshot) =>
    snapshot.phase === 'ready' && snapshot.workflow.run?.status === 'SUCCEEDED';

  function newClient(): HoldfastClient {
    const client = createHoldfastClient({ url: proxy.url });
    clients.push(client);
    return client;
  }

  it.each([
    { upgrades: 'refuse', how: 'refused' },
    { upgrades: 'swallow', how: 'never answered' },
  ] as const)('follows over HTTP when upgrades are $how, and says why', async ({ upgrades }) => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    proxy.upgrades = upgrades;
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: prompt(60) });
    const session = client.session(workflowId);
    await session.until((snapshot) => snapshot.connection.name === 'live');
    const shown = await session.until(isDone);
    expect(marksOf(shown)).toEqual(Array.from({ length: marks }, (_, at) => at + 1));
    expect(warned.mock.calls.flat().join()).toMatch(/No WebSocket could be opened.*HTTP/);
    expect(warned).toHaveBeenCalledTimes(1);
  });

  it('misses and repeats nothing when its streams are cut', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    proxy.upgrades = 'refuse';
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: prompt(60) });
    const session = client.session(workflowId);
    session.subscribe(() => undefined);
    for (const count of [10, 60, 110]) {
      await session.until((snapshot) => marksOf(snapshot).length >= count);
      proxy.cut();
    }
    expect(marksOf(await session.until(isDone))).toEqual(Array.from({ length: marks }, (_, at) => at + 1));
  });

  const backWithin10s = async (session: ReturnType<HoldfastClient['session']>) => {
    proxy.upgrades = 'pass';
    proxy.requests = 'pass';
    await session.until((snapshot) => snapshot.connection.name === 'live', { signal: AbortSignal.timeout(10_000) });
  };

  it('is live within 10 seconds after the network swallowed everything for a while, without being told', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: prompt(5) });
    const session = client.session(workflowId);
    session.subscribe(() => undefined);
    await session.until((snapshot) => isReady(snapshot) && snapshot.connection.name === 'live');
    proxy.upgrades = 'swallow';
    proxy.requests = 'swallow';
    const seen = proxy.swallowed;
    proxy.cut();
    // Each try is a handshake and then a request; the last request has just been swallowed, which is the worst moment.
    await until(() => proxy.swallowed === seen + 8, 'the fourth try hangs', 120_000);
    await backWithin10s(session);
    await client.cancelRun((await client.workflow(workflowId))?.run?.id ?? '');
  }, 120_000);

  it('is live within 10 seconds after the read was swallowed that it begins with', async () => {
    const { workflowId } = await system.api.start(prompt(0));
    proxy.requests = 'swallow';
    const seen = proxy.swallowed;
    const session = newClient().session(workflowId);
    session.subscribe(() => undefined);
    await until(() => proxy.swallowed > seen, 'the read hangs');
    await backWithin10s(session);
  });

  it('goes on at once when it is told that the network is back, however a handshake hangs', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const client = newClient();
    const { workflowId } = await client.submitPrompt({ prompt: prompt(20) });
    const session = client.session(workflowId);
    session.subscribe(() => undefined);
    await session.until((snapshot) => isReady(snapshot) && snapshot.connection.name === 'live');
    proxy.upgrades = 'swallow';
    proxy.requests = 'swallow';
    const seen = proxy.swallowed;
    proxy.cut();
    await until(() => proxy.swallowed > seen, 'a handshake hangs');
    proxy.upgrades = 'pass';
    proxy.requests = 'pass';
    session.reconnect();
    await session.until((snapshot) => snapshot.connection.name === 'live');
    expect(marksOf(await session.until(isDone))).toEqual(Array.from({ length: marks }, (_, at) => at + 1));
  });
});
