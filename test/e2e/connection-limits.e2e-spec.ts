import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Person, signInRequired } from '../support/person.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** Connections of one address that have not proven to be clients; `connectionLimits.halfOpen` of the api. */
const HALF_OPEN = 250;

/** Behind a proxy, which is the suite. */
let proxied: System;
let direct: System;
let person: Person;
const clients: (WebSocket | Socket)[] = [];

beforeAll(async () => {
  const apiEnvironment = {
    ...signInRequired,
    HOLDFAST_CONNECTIONS_PER_ADDRESS: '3',
    HOLDFAST_TRUSTED_PROXIES: '127.0.0.0/8',
  };
  [proxied, direct] = await Promise.all([
    System.start({ workers: 0, apiEnvironment }),
    System.start({ workers: 0, apiEnvironment: { HOLDFAST_CONNECTIONS_PER_ADDRESS: '2000' } }),
  ]);
  person = await Person.joins(proxied.url, await proxied.administratorLink(), 'ada@example.com');
});
afterEach(() => {
  for (const client of clients.splice(0))
    if (client instanceof WebSocket) client.terminate();
    else client.destroy();
});
afterAll(async () => {
  await Promise.all([proxied?.stop(), direct?.stop()]);
});

interface Opened {
  socket: WebSocket;
  /** The server's refusal; `null` when the socket is open. */
  refusal: { status: number | undefined; retryAfter: string | undefined; text: string } | null;
}

/** Opens a socket as the proxy does for this client. */
async function open(from: string, headers: Record<string, string> = {}): Promise<Opened> {
  const socket = new WebSocket(`${proxied.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { 'x-forwarded-for': from, ...headers },
  });
  clients.push(socket);
  const refused = new Promise<Opened['refusal']>((resolve) => {
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => {
        text += data;
      });
      const { 'retry-after': retryAfter } = response.headers;
      response.once('end', () => resolve({ status: response.statusCode, retryAfter, text }));
    });
  });
  const refusal = await Promise.race([once(socket, 'open').then(() => null), refused]);
  return { socket, refusal };
}

function eventStream(from: string): Promise<Response> {
  return fetch(`${proxied.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${person.token}`,
      'x-forwarded-for': from,
    },
    body: JSON.stringify({ query: 'subscription { workflowDeleted }' }),
  });
}

describe('the sockets and event streams of one address', () => {
  it('are limited together, and let others in', async () => {
    const opened = [await open('198.51.100.1'), await open('198.51.100.1')];
    const stream = await eventStream('198.51.100.1');
    expect(opened.map(({ refusal }) => refusal)).toEqual([null, null]);
    expect(stream.status).toBe(200);

    const { refusal } = await open('198.51.100.1');
    expect(refusal).toMatchObject({ status: 429, retryAfter: '5', text: expect.stringContaining('Too many') });
    const refused = await eventStream('198.51.100.1');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 5_000 } }],
    });
    expect((await open('198.51.100.2')).refusal).toBeNull();
    // What the client writes itself does not make another address of it.
    expect((await open('203.0.113.1, 198.51.100.1')).refusal).toMatchObject({ status: 429 });

    await stream.body?.cancel();
    await until(async () => (await open('198.51.100.1')).refusal === null, 'there is room again');
  });

  it('of IPv6 are those of the /64 network', async () => {
    for (const last of [1, 2, 3]) expect((await open(`2001:db8:7::${last}`)).refusal).toBeNull();
    expect((await open('2001:db8:7::4')).refusal).toMatchObject({ status: 429 });
    expect((await open('2001:db8:7:1::4')).refusal).toBeNull();
  });
});

describe('a refused socket', () => {
  it('says why, to the client and in the log', async () => {
    const { refusal } = await open('198.51.100.9', { origin: 'https://flows.example' });
    expect(refusal).toMatchObject({ status: 403, text: expect.stringContaining('HOLDFAST_ALLOWED_ORIGINS') });
    const line = () => proxied.apiProcess.output.split('\n').find((text) => text.includes('"https://flows.example"'));
    await until(() => line() !== undefined, 'the log has it');
    expect(JSON.parse(line() ?? '{}')).toMatchObject({
      msg: 'socket refused',
      origin: 'https://flows.example',
      address: '198.51.100.9',
      status: '403 Forbidden',
    });
  });
});

describe('requests whose body does not come', () => {
  it.each([
    ['without a proxy', () => direct, null],
    ['behind a proxy', () => proxied, '198.51.100.20'],
  ])('are limited for each address, and give room when it comes: %s', async (_, systemOf, from) => {
    const { url } = systemOf();
    const forwarded: Record<string, string> = from === null ? {} : { 'x-forwarded-for': from };
    const lines = [
      'POST /graphql HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Content-Length: 100',
    ];
    const head = [...lines, ...Object.entries(forwarded).map(([name, value]) => `${name}: ${value}`), '', ''].join(
      '\r\n',
    );
    const waiting = new Set<Socket>();
    for (let count = 0; count < HALF_OPEN + 20; count++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      waiting.add(socket);
      clients.push(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => waiting.delete(socket));
      socket.write(head);
    }
    await until(() => waiting.size <= HALF_OPEN, 'those beyond the limit are ended');
    expect(waiting.size).toBe(HALF_OPEN);

    const isAnswered = (headers: Record<string, string>) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      }).then(
        () => true,
        () => false,
      );
    expect(await isAnswered(forwarded)).toBe(false);
    if (from !== null) expect(await isAnswered({ 'x-forwarded-for': '198.51.100.21' })).toBe(true);

    const [first] = waiting;
    first?.write('x'.repeat(100));
    await until(() => isAnswered(forwarded), 'a finished request has made room');
  });
});

describe('connections that say nothing', () => {
  it('are limited for each address, and cost a client that speaks nothing', async () => {
    const port = Number(new URL(direct.url).port);
    const spoken = connect(port, '127.0.0.1');
    clients.push(spoken);
    spoken.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(spoken, 'data');

    let ended = 0;
    const silent = Array.from({ length: HALF_OPEN + 20 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.once('close', () => {
        ended += 1;
      });
      return socket;
    });
    clients.push(...silent);
    await until(() => ended >= 20, 'those beyond the limit are ended');

    spoken.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [answer] = (await once(spoken, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);

    for (const socket of silent) socket.destroy();
    const answers = async () => (await fetch(`${direct.url}/livez`).catch(() => null))?.ok ?? false;
    await until(answers, 'new connections are taken again');
  });
});
