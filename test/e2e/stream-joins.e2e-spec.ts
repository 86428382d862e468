import { readFileSync } from 'node:fs';
import type { Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { HeldSocket } from '../stream/held-socket.ts';
import { DeliveryCheck } from '../support/delivery-check.ts';
import { StreamViewer } from '../support/stream-viewer.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import type { ViewedEvent } from '../support/viewed-workflow.ts';

let system: System;
let redis: Redis;
const clients: Client[] = [];

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
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

describe('joining while 200 chunks a second are written', () => {
  it('gives each of 1,000 viewers everything once, with and without a cursor, their own or of another', async () => {
    const { workflowId, runId } = await system.api.start('[[sim: text=2000]] [[sim: tps=200]] hello');
    const first = new StreamViewer(newSocket(), workflowId).open();
    await first.until(() => first.batches.length > 5, 'the first chunks arrive');
    const viewers = [first];
    let joinedLive = 0;
    let socket = newSocket();
    while (viewers.length <= 1_000) {
      if (viewers.length % 40 === 0) {
        socket = newSocket();
        // Joins come in small crowds; what the first viewer is given meanwhile keeps them spread over the whole run.
        const seen = first.batches.length;
        await first.until(() => first.batches.length > seen || first.sawTheEndOf(runId), 'time passes');
      }
      const source = viewers[viewers.length >> 1] as StreamViewer;
      const hasPlace = source.cursor !== null;
      const viewer = viewers.length % 2 && hasPlace ? source.fork(socket) : new StreamViewer(socket, workflowId);
      viewers.push(viewer.open());
      if (!first.sawTheEndOf(runId)) joinedLive += 1;
    }
    for (const viewer of viewers) {
      await viewer.until(() => viewer.sawTheEndOf(runId) && viewer.batches.at(-1)?.caughtUp, 'all see the end', 50_000);
    }
    const check = await DeliveryCheck.of(system, { workflowId, runId });
    for (const viewer of viewers) {
      await check.passes(viewer);
      viewer.close();
    }
    // A slow machine may not get all of them in before the run is over; the others join at the end.
    expect(joinedLive).toBeGreaterThan(400);
  });

  it('would notice viewers that replay first and subscribe afterwards', async () => {
    const { workflowId, runId } = await system.api.start('[[sim: text=300]] [[sim: tps=200]] hello');
    const right = new StreamViewer(newSocket(), workflowId).open();
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
    await until(() => wrong.terminalEvents(runId).length > 0, 'the wrong viewer sees the end');
    subscriber.disconnect();
    const check = await DeliveryCheck.of(system, { workflowId, runId });
    await check.passes(right);
    await expect(check.passes(wrong)).rejects.toThrow('is not what Postgres holds');
  });
});

describe('viewers at different speeds', () => {
  it('are all given everything, and the one who reads does not wait for the one who does not', async () => {
    const held = new HeldSocket(system.url);
    clients.push(held.client);
    const { workflowId, runId } = await system.api.start('[[sim: text=8000]] [[sim: tps=4000]] hello');
    const slow = new StreamViewer(held.client, workflowId).open();
    const fast = new StreamViewer(newSocket(), workflowId).open();
    await slow.until(() => slow.batches.length > 0, 'the slow viewer has begun');
    held.stopReading();
    await fast.sawEndOf(runId);
    const check = await DeliveryCheck.of(system, { workflowId, runId });
    await check.passes(fast);
    expect(slow.terminalEvents(runId)).toEqual([]);
    held.readOn();
    await slow.sawEndOf(runId);
    await check.passes(slow);
  });
});

describe('10,000 subscriptions that come and go', () => {
  it('leave no channel and no memory behind', { timeout: 60_000 }, async () => {
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
      await until(() => ended >= target && serial === ended, 'the round is over', 40_000);
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
    goal = 6_000;
    await round(6_000);
    const warm = residentBytes();
    goal += 10_000;
    await round(10_000);
    expect(failures).toEqual([]);
    await until(async () => {
      const [, subscribers] = (await redis.pubsub('NUMSUB', `{wf:${workflowId}}:events`)) as [string, number];
      return subscribers === 0;
    }, 'nobody listens to the channel any more');
    // The collector is in no hurry, but 10,000 subscriptions that stayed, at over 20 KiB each, would show.
    expect(residentBytes() - warm).toBeLessThan(96 * 1024 * 1024);
    socket.close();
  });
});

function residentBytes(): number {
  const status = readFileSync(`/proc/${system.apiProcess.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
