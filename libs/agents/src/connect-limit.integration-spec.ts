import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createRawServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectTimeoutError } from '#libs/engine';
import { fetchWithConnectLimit } from './connect-limit.js';

/** Longer than a connection within this machine takes, however busy it is. */
const limitMs = 60_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function urlOf(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startServer(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer({}, listener);
  closing.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return urlOf(server);
}

/** Answers every request with these bytes and leaves the connection open. Reports when a client has closed it. */
async function startRawServer(answer: string): Promise<{ url: string; closed: Promise<unknown> }> {
  const closed = Promise.withResolvers<void>();
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined).once('close', () => closed.resolve());
    socket.once('data', () => socket.write(answer));
    closing.push(() => socket.destroy());
  });
  closing.push(() => server.close());
  return { url: await urlOf(server), closed: closed.promise };
}

/** A port whose connection queue is full: its program listens but never accepts. */
async function startBlackHole(): Promise<string> {
  const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.stdout.write(String(this.address().port), () => process.kill(process.pid, 'SIGSTOP'));
  })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  closing.push(() => child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  const filling: Socket[] = [];
  closing.push(() => filling.map((socket) => socket.destroy()));
  for (let stuck = false; !stuck; ) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    filling.push(socket);
    stuck = await Promise.race([once(socket, 'connect').then(() => false), staysUnconnected(socket)]);
  }
  return `http://127.0.0.1:${port}`;
}

/** A paused process handles its timers before a new connection event, so this checks one turn later. */
async function staysUnconnected(socket: Socket): Promise<boolean> {
  await delay(300);
  await setImmediate();
  return socket.connecting;
}

describe('a fetch with a limit on connecting', () => {
  it('gives up when there is no connection in time', async () => {
    const url = await startBlackHole();
    const begun = performance.now();
    await expect(fetchWithConnectLimit(400)(url)).rejects.toBeInstanceOf(ConnectTimeoutError);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(390);
  });

  it('lets an answer take longer than connecting may', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    closing.push(() => vi.useRealTimers());
    const url = await startServer((_request, response) => {
      vi.advanceTimersByTime(2 * limitMs);
      response.end('late');
    });
    expect(await (await fetchWithConnectLimit(limitMs)(url)).text()).toBe('late');
  });

  it('sends method, headers and body, and gives status, headers and body back as they come', async () => {
    const url = await startServer(async (request, response) => {
      const body = await new Response(request as never).text();
      response.writeHead(429, { 'retry-after': '3', 'x-seen': `${request.method} ${request.headers['x-key']}` });
      response.write(`${body}1`);
      setTimeout(() => response.end('2'), 50);
    });
    const response = await fetchWithConnectLimit(limitMs)(url, {
      method: 'POST',
      headers: { 'x-key': 'k' },
      body: 'é',
    });
    expect([response.status, response.ok, response.headers.get('retry-after')]).toEqual([429, false, '3']);
    expect(response.headers.get('x-seen')).toBe('POST k');
    const pieces: string[] = [];
    for await (const piece of response.body ?? []) pieces.push(Buffer.from(piece).toString());
    expect(pieces).toEqual(['é1', '2']);
  });

  it('passes on at once what is large, although pieces of several answers wait for each other', async () => {
    const answers: ServerResponse[] = [];
    const url = await startServer((_, response) => response.write('first') && answers.push(response));
    const fetch = fetchWithConnectLimit(limitMs, { gatherMs: limitMs });
    const readers = [await fetch(url), await fetch(url)].map(({ body }) => body?.getReader());
    for (const reader of readers) expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first');
    answers[0]?.write('small');
    answers[1]?.write(Buffer.alloc(1024 * 1024));
    expect((await readers[1]?.read())?.value?.length).toBeGreaterThanOrEqual(32 * 1024);
  });

  it('rejects as the connection is refused, and as its signal says', async () => {
    const silent = await startServer(() => undefined);
    const stop = new AbortController();
    const aborted = fetchWithConnectLimit(limitMs)(silent, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(fetchWithConnectLimit(limitMs)('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('hears its signal after any collection of garbage', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const { url, closed } = await startRawServer('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    const stop = new AbortController();
    const answer = await fetchWithConnectLimit(limitMs)(url, { signal: stop.signal });
    for (let turn = 1; turn <= 5; turn++) {
      await delay(5);
      collect();
    }
    stop.abort(new Error('enough'));
    await closed;
    await expect(answer.text()).rejects.toThrow('enough');
  });

  it.each([
    ['that is no HTTP', 'nonsense\r\n\r\n'],
    ['whose status is above 599', 'HTTP/1.1 999 Odd\r\ncontent-length: 9\r\n\r\nhalf'],
    ['that switches protocols', 'HTTP/1.1 101 Switching\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n'],
    ['that is compressed', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nhalf'],
  ])('rejects an answer %s, and lets go of its connection', async (_what, answer) => {
    const { url, closed } = await startRawServer(answer);
    await expect(fetchWithConnectLimit(limitMs)(url)).rejects.toBeInstanceOf(Error);
    await closed;
  });

  it('asks for no compression, and takes "identity" for none', async () => {
    const url = await startServer((request, response) => {
      response.setHeader('content-encoding', 'Identity');
      response.end(request.headers['accept-encoding']);
    });
    expect(await (await fetchWithConnectLimit(limitMs)(url)).text()).toBe('identity');
  });
});
