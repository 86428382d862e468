import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { newId } from '#libs/contracts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
const clients: (Socket | WebSocket)[] = [];

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  for (const client of clients)
    if (client instanceof WebSocket) client.terminate();
    else client.destroy();
  await system?.stop();
});

type Message = { type: string; id?: string; payload?: { extensions: { code: string } }[] };

/** A client that is ready to subscribe, and everything that it has been told. */
async function connected(): Promise<{ socket: WebSocket; received: Message[]; say: (message: object) => void }> {
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  clients.push(socket);
  const received: Message[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data)) as Message));
  await once(socket, 'open');
  const say = (message: object) => socket.send(JSON.stringify(message));
  say({ type: 'connection_init' });
  await until(() => received.length === 1, 'the socket is ready');
  return { socket, received, say };
}

const stream = (workflowId: string) => ({
  query: 'subscription($workflowId: ID!) { workflowStream(workflowId: $workflowId) { cursor } }',
  variables: { workflowId },
});

describe('a client that subscribes and completes in a loop', () => {
  it('is served a little at a time, and in the end as if nothing had been', async () => {
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    const { received, say } = await connected();
    const pairs = 4_000;
    for (let pair = 0; pair < pairs; pair += 1) {
      const id = String(pair % 3);
      say({ type: 'subscribe', id, payload: stream(pair % 2 ? workflowId : newId('workflow')) });
      say({ type: 'complete', id });
    }
    // Others are answered meanwhile.
    expect((await fetch(`${system.url}/livez`)).ok).toBe(true);
    say({ type: 'subscribe', id: '0', payload: stream(workflowId) });
    say({ type: 'ping' });
    await until(() => received.some(({ type }) => type === 'pong'), 'everything before the ping is done');
    await until(
      () => received.at(-1)?.type === 'next' && received.at(-1)?.id === '0',
      'the last subscription delivers',
    );
    // Nobody is told of the end of something that goes on, or of what was completed.
    const last = received.findLastIndex(({ type }) => type === 'pong');
    expect(received.slice(last).every(({ type }) => type === 'pong' || type === 'next')).toBe(true);
  });
});

describe('a client that subscribes without reading the refusals', () => {
  it('is not read either, so what it sends does not pile up here', async () => {
    const { hostname, port } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    clients.push(socket);
    socket.on('error', () => undefined);
    const head = ['GET /graphql HTTP/1.1', `Host: ${hostname}:${port}`, 'Connection: Upgrade', 'Upgrade: websocket'];
    const key = `Sec-WebSocket-Key: ${btoa('0'.repeat(16))}`;
    socket.write(
      [...head, 'Sec-WebSocket-Version: 13', key, 'Sec-WebSocket-Protocol: graphql-transport-ws', '', ''].join('\r\n'),
    );
    await once(socket, 'data');
    socket.write(frame(JSON.stringify({ type: 'connection_init' })));
    await once(socket, 'data');
    socket.pause();
    // The refusal names the field that does not exist.
    const name = 'n'.repeat(60_000);
    let asked = 0;
    const ask = () => {
      asked += 1;
      const payload = { query: `subscription { ${name}${asked} }` };
      return frame(JSON.stringify({ type: 'subscribe', id: String(asked), payload }));
    };
    const most = 4_000;
    let stuckSince = Date.now();
    while (asked < most && Date.now() - stuckSince < 3_000) {
      if (socket.writableLength < 1_000_000) {
        socket.write(ask());
        stuckSince = Date.now();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    // 4,000 questions are 240 MB. What the kernel holds for both sides is a few.
    expect(asked).toBeLessThan(1_500);
    expect((await fetch(`${system.url}/livez`)).ok).toBe(true);
  });
});

describe('a subscription that would select nothing', () => {
  it('is refused alone: the others of its socket go on', async () => {
    const { socket, received, say } = await connected();
    say({ type: 'subscribe', id: 'good', payload: { query: 'subscription { workflowsChanged { id } }' } });
    const conditional = [
      'subscription { workflowDeleted @skip(if: true) }',
      'subscription { workflowDeleted @include(if: false) }',
      'subscription { ...A } fragment A on Subscription { ... @skip(if: true) { workflowDeleted } }',
    ];
    for (const [index, query] of conditional.entries()) say({ type: 'subscribe', id: `${index}`, payload: { query } });
    await until(() => received.filter(({ type }) => type === 'error').length === conditional.length, 'all are refused');
    for (const { payload } of received.filter(({ type }) => type === 'error')) {
      expect(payload).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    await system.api.start('Every day at 9 post a message in Slack');
    await until(() => received.some(({ type, id }) => type === 'next' && id === 'good'), 'the other one delivers');
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

/** A masked text frame, as clients have to send them. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
