import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});
afterAll(() => system?.stop());

/** Lines of the api's log that call for attention: warnings and worse. */
function alarms(): string[] {
  return system.apiProcess.output.split('\n').filter((line) => /"level":(40|50|60)/.test(line));
}

/** A connection over which this much of a request was sent. */
async function sent(text: string): Promise<Socket> {
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}

function post(body: string, length = Buffer.byteLength(body), path = '/graphql'): string {
  const { host } = new URL(system.url);
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** What was asked before is in the log when this is. */
async function logged(): Promise<void> {
  const id = crypto.randomUUID();
  await fetch(`${system.url}/graphql?query={viewer{id}}`, {
    headers: { 'x-request-id': id, 'apollo-require-preflight': '1' },
  });
  await until(() => system.apiProcess.output.includes(id), 'the log has caught up');
}

describe('a client that leaves', () => {
  it.each([
    ['in the middle of a body', () => post('{"query":', 500)],
    ['in the middle of an answer to a hook', () => post('{"ok":', 500, '/hooks/x')],
    ['before the answer', () => post(JSON.stringify({ query: '{ nodeCatalog { type docs parameters { name } } }' }))],
    ['right after its headers', () => post('', 500)],
  ])('is no reason for an alarm: %s', async (_name, request) => {
    const before = alarms().length;
    for (let time = 0; time < 5; time += 1) {
      const socket = await sent(request());
      socket.resetAndDestroy();
    }
    await logged();
    expect(alarms().slice(before)).toEqual([]);
  });

  it('is no reason for an alarm: with open subscriptions', async () => {
    const before = alarms().length;
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    const payload = { query: 'subscription { workflowsChanged { id } }' };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    socket.terminate();
    await logged();
    expect(alarms().slice(before)).toEqual([]);
  });
});
