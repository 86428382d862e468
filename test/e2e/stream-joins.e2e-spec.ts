import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { inspectorEnvironment, NodeInspector } from '../../bench/node-inspector.ts';
import { DeliveryCheck } from '../support/delivery-check.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';
import type { ViewedEvent } from '../support/viewed-workflow.ts';

let system: System;
let redis: Redis;
const clients: Client[] = [];

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, environment: inspectorEnvironment });
  redis = new Redis(system.redis.url);
});

afterAll(async () => {
  for (const client of clients) await client.dispose();
  redis?.disconnect();
  await system?.stop();
});

function newSocket(): Client {
  const client = system.api.newSocket();
  clients.push(client);
  return client;
}

describe('joining while the stream is written', () => {
  it('would notice subscribers that replay first and subscribe afterwards', async () => {
    const { workflowId, runId } = await system.api.start('[[sim: text=300]] [[sim: tps=200]] hello');
    const right = new TestSubscriber(newSocket(), workflowId).open();
    await right.until(() => right.events.some((event) => event.__typename === 'MessageChunks'), 'chunks arrive');

    const wrong = right.fork(newSocket());
    const keys = { stream: `{wf:${workflowId}}:stream`, channel: `{wf:${workflowId}}:events` };
    const prefix = (right.cursor as string).replace(/\d+-\d+.*$/, '');
    const take = (place: string, events: { type: string; [key: string]: unknown }[]) => {
      const viewed = events.map(
        (event): ViewedEvent => ({
          ...event,
          __typename:
            event.type === 'chunks' ? 'MessageChunks' : event.type === 'status' ? 'StatusChanged' : event.type,
          ...(event.type === 'status' && { endedRunId: event.runId as string }),
        }),
      );
      wrong.apply({ cursor: `${prefix}${place}`, caughtUp: false, events: viewed });
    };
    const from = /\d+-\d+/.exec(wrong.cursor ?? '')?.[0] ?? '0-0';
    const replayed = await redis.xrange(keys.stream, `(${from}`, '+');
    for (const [place, fields] of replayed) take(place, JSON.parse(fields[1] ?? '[]'));
    const replayedTo = await redis.xlen(keys.stream);
    await until(async () => (await redis.xlen(keys.stream)) > replayedTo, 'something is written meanwhile');
    const subscriber = redis.duplicate();
    subscriber.on('message', (_channel, text) => {
      const { cursor, events } = JSON.parse(text);
      take(cursor, events);
    });
    await subscriber.subscribe(keys.channel);

    await right.sawEndOf(runId);
    await until(() => wrong.terminalEvents(runId).length > 0, 'the wrong subscriber sees the end');
    subscriber.disconnect();
    const check = await DeliveryCheck.of(system, { workflowId, runId });
    await check.passes(right);
    await expect(check.passes(wrong)).rejects.toThrow('is not what Postgres holds');
    right.close();
  });
});

describe('10,000 subscriptions that come and go', () => {
  it('leave no channel, no listener and no byte behind', { timeout: 300_000 }, async () => {
    const { workflowId, runId } = await system.api.start('hello');
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    const cursor = (await system.api.workflow(workflowId))?.cursor;
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const query = `subscription($workflowId: ID!, $cursor: Cursor) {
      workflowStream(workflowId: $workflowId, cursor: $cursor) { cursor caughtUp } }`;
    let ended = 0;
    let serial = 0;
    const more = () => {
      serial += 1;
      const payload = { query, variables: { workflowId, cursor } };
      socket.send(JSON.stringify({ id: String(serial), type: 'subscribe', payload }));
    };
    const failures: unknown[] = [];
    const round = async (count: number) => {
      const target = ended + count;
      for (let open = 0; open < 40; open++) more();
      await until(() => ended >= target && serial === ended, 'the round is over', 120_000);
    };
    let goal = 0;
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    const ready = Promise.withResolvers<void>();
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: string };
      if (message.type === 'connection_ack') ready.resolve();
      if (message.type === 'error') failures.push(message);
      if (message.type !== 'next') return;
      socket.send(JSON.stringify({ id: message.id, type: 'complete' }));
      ended += 1;
      if (serial < goal) more();
    });
    await ready.promise;
    const isQuiet = () =>
      until(
        async () => (await redis.pubsub('CHANNELS', '{wf:*')).length === 0,
        'nobody listens to a workflow any more',
      );
    // Caches, pools and compiled code come first.
    goal = 4_000;
    await round(4_000);
    await isQuiet();
    const inspector = await NodeInspector.attach(system.apiProcess);
    const before = { bytes: await inspector.liveBytes(), listeners: await inspector.listeners() };
    goal += 10_000;
    await round(10_000);
    expect(failures).toEqual([]);
    await isQuiet();
    expect((await inspector.liveBytes()) - before.bytes).toBeLessThan(2 * 1024 * 1024);
    // Connections of pools may come and go; 10,000 subscriptions must not show.
    expect(Math.abs((await inspector.listeners()) - before.listeners)).toBeLessThan(50);
    inspector.close();
    socket.close();
  });
});
