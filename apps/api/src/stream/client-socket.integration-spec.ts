import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ClientSocket, type SocketTimeouts } from './client-socket.js';

const timeouts: SocketTimeouts = { pingMs: 60_000, unreadMs: 300, slowestBytesPerSecond: 10_000_000, closeMs: 100 };
/** Longer than any test: for sockets that must survive a pause of the machine. */
const patientMs = 60_000;
const frame = 'x'.repeat(64 * 1024);

let http: Server;
let sockets: WebSocketServer;
let port: number;
const rawClients: Socket[] = [];

beforeEach(async () => {
  http = createServer();
  sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  port = (http.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const client of rawClients.splice(0)) client.destroy();
  for (const client of sockets.clients) client.terminate();
  sockets.close();
  http.close();
  await once(http, 'close');
});

/** The server's end of the next connection, and how it ended. */
async function accept(options: Partial<SocketTimeouts> = {}) {
  const [server] = (await once(sockets, 'connection')) as [WebSocket];
  const ends: [number, string][] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const socket = new ClientSocket(server, { ...timeouts, ...options }, (code, reason) => {
    ends.push([code, reason]);
    resolve();
  });
  return { server, socket, ends, ended };
}

/** A client on a bare socket that stops reading as soon as it is connected. */
function connectWithoutReading(): Socket {
  const client = connect(port, '127.0.0.1');
  rawClients.push(client);
  client.on('error', () => undefined);
  const head = ['GET / HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade'];
  client.write(
    [...head, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${btoa('0'.repeat(16))}`, '', ''].join('\r\n'),
  );
  client.pause();
  return client;
}

/** Sends as a subscription does: each frame once the previous one is sent. Counts the frames. */
async function pump(socket: ClientSocket, isOver: () => boolean, sent = { frames: 0 }): Promise<number> {
  while (!isOver()) {
    await socket.send(frame);
    sent.frames += 1;
  }
  return sent.frames;
}

describe('a client that does not read', () => {
  it('holds one message, and is told to come back later', async () => {
    const accepted = accept();
    connectWithoutReading();
    const { server, socket, ends, ended } = await accepted;
    let most = 0;
    const sent = { frames: 0 };
    const watch = setInterval(() => {
      most = Math.max(most, server.bufferedAmount);
    }, 5);
    void pump(socket, () => ends.length > 0, sent);
    await ended;
    clearInterval(watch);
    expect(ends).toEqual([[1013, 'Too slow']]);
    expect(sent.frames).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(2 * frame.length);
    await once(server, 'close');
    expect(ends).toHaveLength(1);
  });

  it('does not slow down another client', async () => {
    const stalled = accept({ unreadMs: patientMs });
    connectWithoutReading();
    const { server, socket: unread, ends } = await stalled;
    void pump(unread, () => ends.length > 0);
    const accepted = accept({ unreadMs: patientMs });
    const reader = new WebSocket(`ws://127.0.0.1:${port}`);
    let received = 0;
    reader.on('message', () => {
      received += 1;
    });
    const { socket } = await accepted;
    const done = { frames: 0 };
    await pump(socket, () => done.frames >= 200, done);
    reader.close();
    await once(reader, 'close');
    expect(received).toBe(200);
    // Meanwhile the other one was kept waiting.
    expect(server.bufferedAmount).toBeGreaterThan(0);
    expect(ends).toEqual([]);
  });
});

describe('a client that reads', () => {
  it('slowly, but reads, is waited for', async () => {
    const accepted = accept({ pingMs: 100, unreadMs: patientMs });
    const client = connectWithoutReading();
    const { socket, ends } = await accepted;
    let got = 0;
    const reading = setInterval(() => {
      const piece = client.read() as Buffer | null;
      got += piece?.length ?? 0;
    }, 5);
    const sent = { frames: 0 };
    await pump(socket, () => sent.frames >= 200 || ends.length > 0, sent);
    clearInterval(reading);
    expect(ends).toEqual([]);
    expect(got).toBeGreaterThan(0);
  });

  it('is told why it is sent away', async () => {
    const accepted = accept();
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    const { socket, ends } = await accepted;
    await once(client, 'open');
    socket.close(1012, 'Service restart');
    socket.close(1012, 'Service restart');
    const [code, reason] = (await once(client, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1012, 'Service restart']);
    expect(ends).toEqual([[1012, 'Service restart']]);
    await socket.send('nobody hears this');
  });

  it('but answers no ping is cut off', async () => {
    const accepted = accept({ pingMs: 50 });
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
    const { ended, ends } = await accepted;
    await once(client, 'open');
    await ended;
    expect(ends).toEqual([[1006, '']]);
  });
});
