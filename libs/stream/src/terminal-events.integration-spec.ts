import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cursor, cursorAt, ORIGIN_CURSOR, type RunId, type StatusEvent, type StreamEvent } from '#libs/contracts';
import { type CountSnapshot, numbered } from '../testing/delivery-checker.js';
import { anyRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';
import type { StreamDelivery } from './stream-delivery.js';
import type { StreamSubscriber } from './stream-subscriber.js';
import { WorkflowTails } from './workflow-tails.js';

const marker: StreamEvent = { type: 'resync-marker', reason: 'TAKEOVER' };

function end(runId: string): StatusEvent {
  return {
    type: 'status',
    runId: runId as RunId,
    status: 'IDLE',
    runStatus: 'CANCELED',
    error: null,
    terminal: true,
    at: '2026-01-01T00:00:00.000Z',
  };
}

let server: { url: string; stop(): Promise<void> };
let command: Redis;
let subscriberConnection: Redis;
let tails: WorkflowTails;
let workflow: WatchedWorkflow;

beforeAll(async () => {
  server = await anyRedis();
  command = createRedis(server.url, 'test-command', 'command');
});
beforeEach(async () => {
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
  // The slow check is off so that it cannot hide what the other mechanisms miss.
  tails = new WorkflowTails(subscriberConnection, command, { checkMs: 3_600_000 });
  workflow = new WatchedWorkflow(command);
  await workflow.open();
});
afterEach(async () => {
  await tails.close();
  await closeRedis(subscriberConnection);
});
afterAll(async () => {
  await closeRedis(command);
  await server.stop();
});

async function take(subscriber: StreamSubscriber<CountSnapshot>): Promise<StreamDelivery<CountSnapshot>> {
  const { done, value } = await subscriber.next();
  if (done) throw new Error('The subscriber ended');
  return value;
}

/** A subscriber that has caught up at `1-0`. */
async function liveSubscriber(): Promise<StreamSubscriber<CountSnapshot>> {
  const subscriber = watch(cursorAt(1, 0));
  expect(await take(subscriber)).toMatchObject({ kind: 'events', caughtUp: true });
  return subscriber;
}

function watch(cursor: Cursor | null): StreamSubscriber<CountSnapshot> {
  return tails.subscribe({ workflowId: workflow.id, cursor, loadSnapshot: workflow.loadSnapshot });
}

/** Appends an entry to the log and publishes it after the previous one. */
async function write(cursor: Cursor, events: StreamEvent[]): Promise<void> {
  const json = JSON.stringify(events);
  const predecessor = (await command.hget(metaKey(workflow.id), 'last')) ?? ORIGIN_CURSOR;
  await command.xadd(streamKey(workflow.id), cursor, 'events', json);
  await command.hset(metaKey(workflow.id), 'last', cursor);
  const message = { predecessor, cursor, bytes: json.length, events };
  await command.publish(eventsChannel(workflow.id), JSON.stringify(message));
}

describe('a subscriber that follows the log', () => {
  it('is told of the end beside a marker, in one delivery with the snapshot that includes it', async () => {
    const subscriber = await liveSubscriber();
    workflow.stored = { cursor: cursorAt(2, 0), snapshot: { count: 0 } };
    await write(cursorAt(2, 0), [marker, end('run_1')]);
    expect(await take(subscriber)).toEqual({
      kind: 'snapshot',
      reason: 'TAKEOVER',
      cursor: '2-0',
      events: [end('run_1')],
      snapshot: { count: 0 },
    });
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: '2-0', caughtUp: true, events: [] });
  });

  it('is told of an end that the snapshot of a marker has passed over', async () => {
    const subscriber = await liveSubscriber();
    workflow.stored = { cursor: cursorAt(2, 2), snapshot: { count: 1 } };
    const next = take(subscriber);
    await write(cursorAt(2, 0), [marker]);
    await write(cursorAt(2, 1), [numbered(1)]);
    await write(cursorAt(2, 2), [end('run_1')]);
    const told = [await next];
    while (told.every((delivery) => delivery.events.length === 0)) told.push(await take(subscriber));
    expect(told.flatMap(({ events }) => events)).toEqual([end('run_1')]);
    expect(told.at(-1)).toMatchObject({ kind: 'snapshot', cursor: '2-2', snapshot: { count: 1 } });
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: '2-2', caughtUp: true, events: [] });
  });

  it('is told of an end that comes into the log behind a snapshot which shows it already', async () => {
    const subscriber = await liveSubscriber();
    // A run was canceled right after it was claimed: Postgres has both, the log only the claim.
    workflow.stored = { cursor: cursorAt(3, 0), snapshot: { count: 0 } };
    await write(cursorAt(2, 0), [marker]);
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', cursor: '3-0', events: [] });
    await write(cursorAt(3, 0), [marker, end('run_1')]);
    const told: StreamDelivery<CountSnapshot>[] = [];
    while (told.every((delivery) => delivery.events.length === 0)) told.push(await take(subscriber));
    expect(told.at(-1)).toMatchObject({ kind: 'snapshot', cursor: '3-0', events: [end('run_1')] });
    await write(cursorAt(3, 1), [numbered(1)]);
    // The subscriber may be reported as caught up before that.
    let last = await take(subscriber);
    if (last.events.length === 0) last = await take(subscriber);
    expect(last).toMatchObject({ kind: 'events', cursor: '3-1', events: [numbered(1)] });
  });

  it('is told of every end on the way when it is behind', async () => {
    const subscriber = await liveSubscriber();
    workflow.stored = { cursor: cursorAt(3, 0), snapshot: { count: 0 } };
    await write(cursorAt(2, 0), [marker, end('run_1')]);
    await write(cursorAt(3, 0), [marker, end('run_2')]);
    const events: unknown[] = [];
    while (events.length < 2) events.push(...(await take(subscriber)).events);
    expect(events).toEqual([end('run_1'), end('run_2')]);
  });
});

describe('a subscriber that begins with a snapshot', () => {
  it('learns the end from it', async () => {
    await liveSubscriber();
    workflow.stored = { cursor: cursorAt(2, 0), snapshot: { count: 0 } };
    const subscriber = watch(null);
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'INITIAL', cursor: '2-0', events: [] });
    await write(cursorAt(2, 0), [marker, end('run_1')]);
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: '2-0', events: [], caughtUp: true });
    await write(cursorAt(2, 1), [numbered(1)]);
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: '2-1', events: [numbered(1)] });
  });
});
