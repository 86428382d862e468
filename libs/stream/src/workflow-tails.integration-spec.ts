// Deliberately long: every way in which a subscriber can meet a stream, with one fixture and one checker.
import { setImmediate as turn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AppendableEvent,
  type Cursor,
  cursorAt,
  type MessageId,
  type RunId,
  type StreamEvent,
} from '#libs/contracts';
import { until } from '../../../test/support/until.js';
import { type CountSnapshot, DeliveryChecker, follow, numbered } from '../testing/delivery-checker.js';
import { anyRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { readPublished } from './log-entry.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisWorkflowStreamWriter } from './redis-workflow-stream-writer.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';
import type { StreamDelivery } from './stream-delivery.js';
import { type TailsOptions, WorkflowTails } from './workflow-tails.js';

let server: { url: string; stop(): Promise<void> };
let command: Redis;
/** The subscriber connection of the tails created last. */
let subscriberConnection: Redis;
let workflow: WatchedWorkflow;
const opened: { tails: WorkflowTails; connection: Redis }[] = [];

beforeAll(async () => {
  server = await anyRedis();
  command = createRedis(server.url, 'test-command', 'command');
});
beforeEach(() => {
  workflow = new WatchedWorkflow(command);
});
afterEach(async () => {
  vi.useRealTimers();
  for (const { tails, connection } of opened.splice(0)) {
    await tails.close();
    await closeRedis(connection);
  }
});
afterAll(async () => {
  await closeRedis(command);
  await server.stop();
});

/** The slow check is off unless a test enables it, so that it cannot hide what the other mechanisms miss. */
function newTails(options: TailsOptions = {}): WorkflowTails {
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
  const tails = new WorkflowTails(subscriberConnection, command, { checkMs: 3_600_000, ...options });
  opened.push({ tails, connection: subscriberConnection });
  return tails;
}

function watch(
  tails: WorkflowTails,
  cursor: Cursor | null,
  limits: { maxBatchEvents?: number; maxBufferedBytes?: number; maxLagBytes?: number } = {},
) {
  return tails.subscribe<CountSnapshot>({
    workflowId: workflow.id,
    cursor,
    loadSnapshot: workflow.loadSnapshot,
    ...limits,
  });
}

async function subscriptions(): Promise<number> {
  const [, count] = (await command.call('PUBSUB', 'NUMSUB', eventsChannel(workflow.id))) as [string, number];
  return count;
}

async function take<S>(subscriber: AsyncIterableIterator<StreamDelivery<S>>): Promise<StreamDelivery<S>> {
  const { done, value } = await subscriber.next();
  if (done) throw new Error('The subscriber ended');
  return value;
}

describe('joining while the stream is written', () => {
  it('gives each of 200 subscribers every chunk once, in order, from wherever they come', async () => {
    workflow = new WatchedWorkflow(command, 7);
    const tails = newTails();
    await workflow.open();
    const subscribers: Promise<DeliveryChecker>[] = [];
    for (let n = 1; n <= 200; n += 1) {
      const written = workflow.write();
      const cursor = n % 3 === 0 ? (workflow.cursors[(n * 7) % workflow.cursors.length] ?? null) : null;
      const checker = new DeliveryChecker(cursor ? workflow.counts.get(cursor) : 0, cursor);
      subscribers.push(follow(watch(tails, cursor), checker, 200));
      if (n % 2 === 0) await written;
      await turn();
    }
    const checkers = await Promise.all(subscribers);
    expect(checkers.every((checker) => checker.count === 200)).toBe(true);
    await until(async () => (await subscriptions()) === 1, 'one channel serves them all');
  });

  it('gives each of 200 subscribers every chunk once when each is alone on its tail', async () => {
    await workflow.open();
    const tails = newTails();
    for (let n = 1; n <= 200; n += 1) {
      void workflow.write();
      const subscriber = watch(tails, workflow.cursors[0] ?? null);
      const checker = follow(subscriber, new DeliveryChecker(0, workflow.cursors[0]), 3 * n);
      await turn();
      void workflow.write();
      void workflow.write();
      await checker;
      await subscriber.return();
    }
  });

  it('sees what was written while its subscription was still on the way', async () => {
    await workflow.open();
    const tails = newTails();
    // Connected beforehand, so that the check after every connect cannot help.
    for (let n = 0; n < 3; n += 1) await subscriberConnection.ping().then(() => turn());
    const gate = Promise.withResolvers<void>();
    const subscribe = subscriberConnection.subscribe.bind(subscriberConnection) as (
      ...args: unknown[]
    ) => Promise<unknown>;
    Object.assign(subscriberConnection, {
      subscribe: (...args: unknown[]) => gate.promise.then(() => subscribe(...args)),
    });
    // Time stands still here: a tail whose channel is not confirmed within a second continues without it.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const subscriber = watch(tails, cursorAt(1, 0));
    const first = subscriber.next();
    for (let n = 0; n < 3; n += 1) await command.ping();
    await workflow.write();
    gate.resolve();
    await until(async () => (await subscriptions()) === 1, 'the channel has a listener');
    vi.useRealTimers();
    const checker = new DeliveryChecker(0, cursorAt(1, 0));
    checker.apply((await first).value);
    await follow(subscriber, checker, 1);
  });

  it('would notice a subscriber that replays first and subscribes afterwards', async () => {
    await workflow.open();
    const start = workflow.cursors[0] as Cursor;
    await workflow.write(3);
    const checker = new DeliveryChecker(0, start);
    const apply = (cursor: Cursor, events: readonly StreamEvent[]) =>
      checker.apply({
        kind: 'events',
        cursor,
        caughtUp: false,
        events: events.filter((e) => e.type !== 'resync-marker'),
      });
    const rows = await command.xrange(streamKey(workflow.id), `(${start}`, '+');
    for (const [id, fields] of rows) apply(id as Cursor, JSON.parse(fields[1] ?? '[]') as StreamEvent[]);
    await workflow.write();
    const wrong = createRedis(server.url, 'test-wrong', 'command');
    const failure = new Promise<unknown>((resolve) => {
      wrong.on('message', (_, text: string) => {
        const entry = readPublished(JSON.parse(text));
        try {
          if (entry) apply(entry.cursor, entry.events);
        } catch (error) {
          resolve(error);
        }
      });
    });
    await wrong.subscribe(eventsChannel(workflow.id));
    await workflow.write();
    expect(String(await failure)).toContain('Chunk 4 is missing, 5 came');
    await closeRedis(wrong);
  });
});

describe('placing a cursor', () => {
  beforeEach(async () => {
    await workflow.open();
    for (let n = 1; n <= 5; n += 1) await workflow.write();
  });

  it('replays after a known cursor without a snapshot', async () => {
    const checker = await follow(watch(newTails(), cursorAt(1, 2)), new DeliveryChecker(2, cursorAt(1, 2)), 5);
    expect(checker.snapshots).toEqual([]);
    expect(checker.cursor).toBe('1-5');
  });

  it('tells a subscriber at the tail that it has caught up, with nothing else', async () => {
    expect(await take(watch(newTails(), cursorAt(1, 5)))).toEqual({
      kind: 'events',
      cursor: '1-5',
      caughtUp: true,
      events: [],
    });
  });

  it('gives a subscriber without a cursor a snapshot and then what follows it', async () => {
    workflow.stored = { cursor: cursorAt(1, 3), snapshot: { count: 3 } };
    const subscriber = watch(newTails(), null);
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'INITIAL', cursor: '1-3' });
    expect(await take(subscriber)).toMatchObject({
      kind: 'events',
      cursor: '1-5',
      caughtUp: true,
      events: [numbered(4, 5)],
    });
  });

  it.each([
    ['before everything that Redis keeps', cursorAt(1, 1), 'CURSOR_EXPIRED'],
    ['from the future of its epoch', cursorAt(2, 99), 'CURSOR_UNKNOWN'],
    ['of a future epoch', cursorAt(9, 0), 'CURSOR_UNKNOWN'],
    ['of the past but not of this log', cursorAt(1, 99), 'CURSOR_UNKNOWN'],
    ['of the very beginning', cursorAt(0, 0), 'INITIAL'],
  ])('answers a cursor %s with a snapshot', async (_, cursor, reason) => {
    await command.xtrim(streamKey(workflow.id), 'MINID', '1-3');
    await workflow.open();
    await workflow.write(2);
    const subscriber = watch(newTails(), cursor);
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason, cursor: '2-1', snapshot: { count: 7 } });
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: '2-1', caughtUp: true });
  });

  it('answers any cursor with a snapshot when the stream is gone, and goes on when it is opened again', async () => {
    await command.del(streamKey(workflow.id), metaKey(workflow.id));
    const subscriber = watch(newTails(), cursorAt(1, 4));
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'CURSOR_EXPIRED', cursor: '1-5' });
    expect(await take(subscriber)).toMatchObject({ cursor: '1-5', caughtUp: true, events: [] });
    await workflow.open();
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'RUN_STARTED', cursor: '2-0' });
  });

  it('skips a marker that the snapshot already includes', async () => {
    workflow.stored = { cursor: cursorAt(2, 0), snapshot: { count: 5 } };
    const subscriber = watch(newTails(), null);
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'INITIAL', cursor: '2-0' });
    expect(await take(subscriber)).toMatchObject({ cursor: '2-0', caughtUp: true, events: [] });
    await workflow.open();
    await workflow.write();
    expect(await take(subscriber)).toMatchObject({
      kind: 'events',
      cursor: '2-1',
      caughtUp: true,
      events: [numbered(6)],
    });
  });

  it('gives a snapshot instead of passing over a hole in the log', async () => {
    await command.xdel(streamKey(workflow.id), '1-3');
    const checker = new DeliveryChecker(1, cursorAt(1, 1));
    await follow(watch(newTails(), cursorAt(1, 1)), checker, 5);
    expect(checker.snapshots).toEqual(['CURSOR_EXPIRED']);
  });

  it('ends a subscriber whose workflow is gone', async () => {
    const subscriber = newTails().subscribe({ workflowId: workflow.id, cursor: null, loadSnapshot: async () => null });
    expect(await subscriber.next()).toEqual({ done: true, value: undefined });
    await until(async () => (await subscriptions()) === 0, 'the channel is left');
  });

  it('fails a subscriber whose snapshot cannot be loaded, and leaves nothing behind', async () => {
    const subscriber = newTails().subscribe({
      workflowId: workflow.id,
      cursor: null,
      loadSnapshot: async () => Promise.reject(new Error('Postgres is away')),
    });
    await expect(subscriber.next()).rejects.toThrow('Postgres is away');
    expect(await subscriber.next()).toEqual({ done: true, value: undefined });
    await until(async () => (await subscriptions()) === 0, 'the channel is left');
  });
});

describe('a resync marker', () => {
  it('gives every subscriber one snapshot with its reason, from one load', async () => {
    await workflow.open();
    await workflow.write(3);
    const tails = newTails();
    const subscribers = Array.from({ length: 20 }, () => watch(tails, cursorAt(1, 1)));
    for (const subscriber of subscribers) expect(await take(subscriber)).toMatchObject({ caughtUp: true });
    const next = subscribers.map((subscriber) => take(subscriber));
    await workflow.open('TAKEOVER');
    for (const delivery of await Promise.all(next)) {
      expect(delivery).toMatchObject({ kind: 'snapshot', reason: 'TAKEOVER', cursor: '2-0', snapshot: { count: 3 } });
    }
    expect(workflow.loads).toBe(1);
  });

  it('stops a replay at the marker, delivers what came before it, and skips what its snapshot includes', async () => {
    await workflow.open();
    await workflow.write(2);
    await workflow.open();
    await workflow.write(2);
    await workflow.open('TAKEOVER');
    await workflow.write(2);
    const subscriber = watch(newTails(), cursorAt(1, 0));
    expect(await take(subscriber)).toMatchObject({
      kind: 'events',
      cursor: '1-1',
      caughtUp: false,
      events: [numbered(1, 2)],
    });
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'RUN_STARTED', cursor: '3-1' });
    expect(await take(subscriber)).toMatchObject({ cursor: '3-1', caughtUp: true, events: [] });
  });

  it('loads again while the snapshot does not reach the marker', async () => {
    await workflow.open();
    const subscriber = watch(newTails(), cursorAt(1, 0));
    await take(subscriber);
    const next = take(subscriber);
    const loadStored = workflow.loadOnce;
    // The first two loads after the marker still see the previous state, as from a lagging replica.
    let late = 2;
    workflow.loadOnce = () => (late-- > 0 ? { cursor: cursorAt(1, 0), snapshot: { count: 0 } } : loadStored());
    await workflow.open();
    expect(await next).toMatchObject({ kind: 'snapshot', cursor: '2-0' });
  });
});

describe('lost messages', () => {
  it('closes a hole with the next message that arrives', async () => {
    await workflow.open();
    const subscriber = watch(newTails(), cursorAt(1, 0));
    await take(subscriber);
    await command.xadd(streamKey(workflow.id), '1-1', 'events', JSON.stringify([numbered(1)]));
    await command.xadd(streamKey(workflow.id), '1-2', 'events', JSON.stringify([numbered(2)]));
    const message = { predecessor: '1-1', cursor: '1-2', bytes: 100, events: [numbered(2)] };
    await command.publish(eventsChannel(workflow.id), JSON.stringify(message));
    await follow(subscriber, new DeliveryChecker(0, cursorAt(1, 0)), 2);
  });

  it('closes the hole of a silent channel, the last message included, with the position check', async () => {
    await workflow.open();
    const subscriber = watch(newTails({ checkMs: 20 }), cursorAt(1, 0));
    await take(subscriber);
    for (const seq of [1, 2, 3]) {
      await command.xadd(streamKey(workflow.id), `1-${seq}`, 'events', JSON.stringify([numbered(seq)]));
      await command.hset(metaKey(workflow.id), 'last', `1-${seq}`);
    }
    await follow(subscriber, new DeliveryChecker(0, cursorAt(1, 0)), 3);
  });

  it('gets over the announcement of an entry that Redis does not have', async () => {
    await workflow.open();
    const subscriber = watch(newTails(), cursorAt(1, 0));
    await take(subscriber);
    const message = { predecessor: '1-8', cursor: '1-9', bytes: 100, events: [numbered(9)] };
    await command.publish(eventsChannel(workflow.id), JSON.stringify(message));
    await workflow.write();
    const checker = await follow(subscriber, new DeliveryChecker(0, cursorAt(1, 0)), 1);
    expect(checker.caughtUp).toBe(true);
  });

  it('ignores what others publish on the channel', async () => {
    await workflow.open();
    const subscriber = watch(newTails(), cursorAt(1, 0));
    await take(subscriber);
    for (const text of ['no json', 'null', '{}', '{"cursor":"x","predecessor":"1-0","bytes":1,"events":[]}']) {
      await command.publish(eventsChannel(workflow.id), text);
    }
    await workflow.write();
    await follow(subscriber, new DeliveryChecker(0, cursorAt(1, 0)), 1);
  });
});

describe('text of any kind', () => {
  it('arrives as it was written, live and replayed', async () => {
    const deltas = [
      '😀👩‍👩‍👧',
      'line\nline\r\n\u2028',
      'a\u0000b',
      '"quoted\\',
      '\ud83d',
      '\ude00',
      '',
      '\u{10ffff}',
      '</script>',
    ];
    const events = deltas.map((delta): AppendableEvent => {
      const chunk = { type: 'text-delta' as const, id: 't', delta };
      return { type: 'chunks', messageId: 'msg_1' as MessageId, runId: 'run_1' as RunId, chunks: [chunk] };
    });
    const writer = await new RedisWorkflowStreamWriter(command).open({
      workflowId: workflow.id,
      epoch: 1,
      reason: 'RUN_STARTED',
      ends: [],
    });
    const tails = newTails();
    const live = watch(tails, cursorAt(1, 0));
    await take(live);
    for (const event of events) await writer.append([event]);
    for (const subscriber of [live, watch(newTails(), cursorAt(1, 0))]) {
      const seen: string[] = [];
      while (seen.length < deltas.length) {
        const delivery = await take(subscriber);
        for (const event of delivery.kind === 'events' ? delivery.events : []) {
          if (event.type !== 'chunks') continue;
          for (const chunk of event.chunks) if (chunk.type === 'text-delta') seen.push(chunk.delta);
        }
      }
      expect(seen).toEqual(deltas);
    }
  });
});

describe('bounds', () => {
  it('serves a subscriber that stands still for thousands of entries from Redis, exactly, in bounded deliveries', async () => {
    await workflow.open();
    const tails = newTails({ recentBytes: 8 * 1024, pageEntries: 64 });
    const start = workflow.cursors[0] as Cursor;
    const slow = watch(tails, start, { maxBatchEvents: 50, maxBufferedBytes: 4 * 1024 });
    const fast = follow(watch(tails, start), new DeliveryChecker(0, start), 3_000);
    const checker = new DeliveryChecker(0, start);
    checker.apply(await take(slow));
    for (let n = 1; n <= 3_000; n += 10) await Promise.all(Array.from({ length: 10 }, () => workflow.write()));
    await fast;
    let largest = 0;
    while (checker.count < 3_000) {
      const delivery = await take(slow);
      if (delivery.kind === 'events') largest = Math.max(largest, JSON.stringify(delivery.events).length);
      checker.apply(delivery);
    }
    expect(checker.snapshots).toEqual([]);
    expect(largest).toBeLessThanOrEqual(4 * 1024);
  });

  it('gives a subscriber that lags beyond the cap one snapshot, and then what follows it', async () => {
    await workflow.open();
    const tails = newTails({ recentBytes: 8 * 1024 });
    const start = workflow.cursors[0] as Cursor;
    const slow = watch(tails, start, { maxLagBytes: 16 * 1024 });
    const checker = new DeliveryChecker(0, start);
    checker.apply(await take(slow));
    const fast = follow(watch(tails, start), new DeliveryChecker(0, start), 1_000);
    for (let n = 1; n <= 1_000; n += 10) await Promise.all(Array.from({ length: 10 }, () => workflow.write()));
    const fastChecker = await fast;
    await workflow.write();
    await follow(slow, checker, 1_001);
    expect(checker.snapshots).toEqual(['LAGGED']);
    expect(fastChecker.snapshots).toEqual([]);
  });

  it('does not take the length of a replay for lag', async () => {
    await workflow.open();
    for (let n = 1; n <= 1_000; n += 50) await Promise.all(Array.from({ length: 50 }, () => workflow.write()));
    const subscriber = watch(newTails(), cursorAt(1, 0), { maxLagBytes: 1_024, maxBufferedBytes: 4 * 1024 });
    const checker = new DeliveryChecker(0, cursorAt(1, 0));
    await follow(subscriber, checker, 1_000);
    expect(checker.snapshots).toEqual([]);
  });

  it('shows a hot stream at intervals, at the same positions to all, and all of it', async () => {
    await workflow.open();
    // The test's time allows fewer flushes than half of the entries.
    const tails = newTails({ flushIntervalMs: (subscribers) => (subscribers > 2 ? 400 : 0) });
    const start = workflow.cursors[0] as Cursor;
    const subscribers = Array.from({ length: 5 }, () => watch(tails, start));
    await Promise.all(subscribers.map((subscriber) => take(subscriber)));
    const followers = subscribers.map(async (subscriber) => {
      const seen: string[] = [];
      const checker = new DeliveryChecker(0, start);
      while (checker.count < 200) {
        const delivery = await take(subscriber);
        checker.apply(delivery);
        if (delivery.kind === 'events' && delivery.events.length > 0) seen.push(delivery.cursor);
      }
      return seen;
    });
    for (let n = 1; n <= 200; n += 1) await workflow.write();
    const seenCursors = await Promise.all(followers);
    for (const seen of seenCursors) expect(seen).toEqual(seenCursors[0]);
    expect(seenCursors[0]?.length).toBeLessThan(100);
  });

  it('hands subscribers at one position the very same events', async () => {
    await workflow.open();
    const tails = newTails();
    const subscribers = Array.from({ length: 3 }, () => watch(tails, cursorAt(1, 0)));
    for (const subscriber of subscribers) await take(subscriber);
    const next = subscribers.map((subscriber) => take(subscriber));
    await workflow.write();
    const events = (await Promise.all(next)).map((delivery) => (delivery.kind === 'events' ? delivery.events : null));
    expect(events[0]).not.toBeNull();
    expect(events[1]).toBe(events[0]);
    expect(events[2]).toBe(events[0]);
  });
});

describe('ending a subscriber', () => {
  it('resolves a pending next at once and leaves no subscription and no listener over 500 cycles', async () => {
    await workflow.open();
    const tails = newTails();
    const keeper = watch(tails, cursorAt(1, 0));
    await take(keeper);
    await keeper.return();
    const listeners = subscriberConnection.eventNames().map((name) => subscriberConnection.listenerCount(name));
    for (let n = 0; n < 500; n += 1) {
      const subscriber = watch(tails, cursorAt(1, 0));
      if (n % 2 === 0) await take(subscriber);
      const pending = subscriber.next();
      if (n % 5 === 0) await turn();
      await subscriber.return();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(await subscriber.next()).toEqual({ done: true, value: undefined });
    }
    expect(tails.size).toBe(0);
    await until(async () => (await subscriptions()) === 0, 'the channel is left');
    expect(subscriberConnection.eventNames().map((name) => subscriberConnection.listenerCount(name))).toEqual(
      listeners,
    );
  });

  it('keeps the channel for those who stay, and leaves it with the last', async () => {
    await workflow.open();
    const tails = newTails();
    const [first, second] = [watch(tails, cursorAt(1, 0)), watch(tails, cursorAt(1, 0))];
    await Promise.all([take(first), take(second)]);
    await first.return();
    await workflow.write();
    expect(await take(second)).toMatchObject({ cursor: '1-1', caughtUp: true });
    expect(await subscriptions()).toBe(1);
    await second.return();
    await until(async () => (await subscriptions()) === 0, 'the channel is left');
  });

  it('answers several pending nexts in order', async () => {
    await workflow.open();
    const subscriber = watch(newTails(), cursorAt(1, 0));
    const deliveries = [subscriber.next(), subscriber.next(), subscriber.next()];
    await deliveries[0];
    await workflow.write();
    await deliveries[1];
    await workflow.write();
    const cursors = (await Promise.all(deliveries)).map(({ done, value }) => (done ? null : value.cursor));
    expect(cursors).toEqual(['1-0', '1-1', '1-2']);
  });

  it('holds nothing before its first next', async () => {
    const tails = newTails();
    watch(tails, null);
    expect(tails.size).toBe(0);
  });
});
