import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cursor, cursorAt, newId, type RunId } from '#libs/contracts';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { type CountSnapshot, DeliveryChecker, follow, numbered } from '../testing/delivery-checker.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { ControlChannel } from './control-channel.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisHealth } from './redis-health.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';
import type { StreamDelivery } from './stream-delivery.js';
import { WorkflowTails } from './workflow-tails.js';

let server: RedisServer;
let command: Redis;
let subscriberConnection: Redis;
let tails: WorkflowTails;
let workflow: WatchedWorkflow;

beforeEach(async () => {
  server = await forgetfulRedis();
  command = createRedis(server.url, 'test-command', 'command');
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
  tails = new WorkflowTails(subscriberConnection, command, { checkMs: 50, recentBytes: 2_000, pageEntries: 16 });
  workflow = new WatchedWorkflow(command);
});
afterEach(async () => {
  await tails.close();
  await Promise.all([closeRedis(command), closeRedis(subscriberConnection)]);
  await server.stop();
});

function watch(cursor: Cursor | null, maxBufferedBytes?: number, on = tails) {
  const { id: workflowId, loadSnapshot } = workflow;
  return on.subscribe<CountSnapshot>({ workflowId, cursor, loadSnapshot, maxBufferedBytes });
}

async function take<S>(subscriber: AsyncIterableIterator<StreamDelivery<S>>): Promise<StreamDelivery<S>> {
  const { done, value } = await subscriber.next();
  if (done) throw new Error('The subscriber ended');
  return value;
}

describe('a Redis that is away', () => {
  it.each([
    ['without a cursor', null, 'INITIAL'],
    ['with a cursor', cursorAt(1, 2), 'CURSOR_UNKNOWN'],
  ])('gives a subscriber %s its snapshot, and the tail when it is back', async (_, cursor, reason) => {
    await workflow.open();
    await workflow.write(3);
    await server.kill('SIGKILL');
    const subscriber = watch(cursor);
    const checker = new DeliveryChecker();
    checker.apply(await take(subscriber));
    expect(checker).toMatchObject({ count: 3, snapshots: [reason] });
    const followed = follow(subscriber, checker, 5);
    await server.start();
    await until(
      async () =>
        workflow.open('TAKEOVER').then(
          () => true,
          () => false,
        ),
      'a takeover opens its epoch',
    );
    await workflow.write(2);
    expect((await followed).snapshots.slice(1)).toEqual(['TAKEOVER']);
  });

  it('lets a subscriber leave while it waits for Redis, and the process end without an error', async () => {
    await server.kill('SIGKILL');
    const subscriber = watch(cursorAt(1, 2));
    const pending = subscriber.next();
    await subscriber.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(tails.size).toBe(0);
  });

  it('is reported, and signals are refused instead of waiting', async () => {
    const health = new RedisHealth(command);
    const control = new ControlChannel(subscriberConnection, command);
    expect(await health.checkRedis()).toEqual({ reachable: true, refusal: null, evictionPolicy: 'noeviction' });
    expect((await health.checkAtStart())?.refusals).toEqual([]);
    await command.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await health.checkRedis()).toMatchObject({ refusal: null, evictionPolicy: 'allkeys-lru' });
    expect((await health.checkAtStart())?.refusals).toEqual([expect.stringContaining('eviction policy "allkeys-lru"')]);
    await command.config('SET', 'maxmemory', '1');
    expect(await health.checkRedis()).toMatchObject({ reachable: true, refusal: 'OOM' });
    await server.kill('SIGKILL');
    expect(await health.checkRedis()).toEqual({ reachable: false, refusal: null, evictionPolicy: null });
    expect(await health.checkAtStart()).toBeNull();
    expect(await control.publishCancel(newId('run'))).toBe(false);
  });

  it('carries signals again after it was restarted', async () => {
    const control = new ControlChannel(subscriberConnection, command);
    const heard: RunId[] = [];
    const stop = await control.onCancel((runId) => heard.push(runId));
    await server.kill('SIGKILL');
    await server.start();
    const runId = newId('run');
    await until(async () => {
      await control.publishCancel(runId);
      return heard.includes(runId);
    }, 'a signal arrives');
    await stop();
  });
});

describe('a Redis under load', () => {
  it('loses nothing while pub/sub connections are killed again and again', async () => {
    await workflow.open();
    // The position check is off so that it cannot close the gap.
    const quiet = new WorkflowTails(subscriberConnection, command, { checkMs: 3_600_000 });
    const start = workflow.cursors[0] as Cursor;
    const subscribers = [1, 2, 3].map(() => follow(watch(start, undefined, quiet), new DeliveryChecker(0, start), 400));
    for (let n = 1; n <= 400; n += 1) {
      // The next write is not received; after the last cut only the reconnect can recover it.
      if (n % 40 === 0) await command.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await workflow.write();
      if (n % 40 === 20)
        await until(() => subscriberConnection.status === 'ready', 'the subscriber connection is back');
    }
    for (const checker of await Promise.all(subscribers)) expect(checker.snapshots).toEqual([]);
    await quiet.close();
  });

  it('reads a page once for all who resume from one cursor', async () => {
    await workflow.open();
    for (let n = 1; n <= 20; n += 1) await workflow.write();
    const reads = async () => Number(/cmdstat_xrange:calls=(\d+)/.exec(await command.info('commandstats'))?.[1] ?? 0);
    const before = await reads();
    const subscribers = Array.from({ length: 50 }, () =>
      follow(watch(cursorAt(1, 4)), new DeliveryChecker(4, cursorAt(1, 4)), 20),
    );
    await Promise.all(subscribers);
    // Two reads in one transaction find the position; the page is one more.
    expect((await reads()) - before).toBe(3);
  });
});

describe('a Redis that lost its data', () => {
  it('leads every subscriber through the takeover to the end, exactly', async () => {
    await workflow.open();
    const start = workflow.cursors[0] as Cursor;
    const subscribers = [start, start, null].map((cursor) =>
      follow(watch(cursor), new DeliveryChecker(0, cursor), 200),
    );
    for (let n = 1; n <= 200; n += 1) {
      await workflow.write();
      if (n % 50 === 0 && n < 200) {
        await command.flushall();
        await expect(workflow.write()).rejects.toThrow('is gone');
        await workflow.open('TAKEOVER');
      }
    }
    for (const checker of await Promise.all(subscribers)) expect(checker.count).toBe(200);
  });

  it('gives a lagging subscriber a snapshot although nobody writes any more', async () => {
    await workflow.open();
    const start = workflow.cursors[0] as Cursor;
    const fast = watch(start);
    const slow = watch(start, 500);
    const checker = new DeliveryChecker(0, start);
    checker.apply(await take(slow));
    const followed = follow(fast, new DeliveryChecker(0, start), 100);
    for (let n = 1; n <= 100; n += 1) await workflow.write();
    await followed;
    workflow.stored = { cursor: cursorAt(1, 98), snapshot: { count: 100 } };
    await command.flushall();
    await follow(slow, checker, 100);
    expect(checker.snapshots).toEqual(['CURSOR_EXPIRED']);
  });

  it('gives every subscriber one shared snapshot, also those who seem to have everything', async () => {
    await workflow.open();
    const start = cursorAt(1, 0);
    const subscribers = Array.from({ length: 10 }, () => watch(start));
    await workflow.write();
    const checkers = await Promise.all(
      subscribers.map((subscriber) => follow(subscriber, new DeliveryChecker(0, start), 1)),
    );
    const before = workflow.loads;
    // A change that is in neither pub/sub nor the log.
    workflow.stored = { cursor: cursorAt(1, 2), snapshot: { count: 2 } };
    const next = subscribers.map((subscriber) => take(subscriber));
    await command.flushall();
    for (const [index, delivery] of (await Promise.all(next)).entries()) checkers[index]?.apply(delivery);
    for (const checker of checkers) expect(checker).toMatchObject({ count: 2, snapshots: ['CURSOR_EXPIRED'] });
    // The first subscriber that notices loads alone; all others share the next load.
    expect(workflow.loads - before).toBeLessThanOrEqual(2);
  });

  it('gives a subscriber at the last entry that was read a snapshot when a later one was announced and is gone', async () => {
    await workflow.open();
    const subscriber = watch(cursorAt(1, 0));
    const checker = new DeliveryChecker(0, cursorAt(1, 0));
    checker.apply(await take(subscriber));
    workflow.stored = { cursor: cursorAt(1, 3), snapshot: { count: 3 } };
    const next = take(subscriber);
    const message = { predecessor: '1-2', cursor: '1-3', bytes: 100, events: [numbered(3)] };
    await command.publish(eventsChannel(workflow.id), JSON.stringify(message));
    checker.apply(await next);
    expect(checker).toMatchObject({ count: 3, snapshots: ['CURSOR_EXPIRED'] });
  });

  it.each([
    ['noticed', 50, ['CURSOR_EXPIRED', 'TAKEOVER']],
    ['not noticed', 3_600_000, ['TAKEOVER']],
  ])(
    'does not deliver twice what an older state of Redis announces again, %s before that',
    async (_, checkMs, reasons) => {
      const checked = new WorkflowTails(subscriberConnection, command, { checkMs });
      await workflow.open();
      for (let n = 1; n <= 5; n += 1) await workflow.write();
      const subscriber = watch(cursorAt(1, 2), undefined, checked);
      const checker = await follow(subscriber, new DeliveryChecker(2, cursorAt(1, 2)), 5);
      await command.xdel(streamKey(workflow.id), '1-4', '1-5');
      await command.hset(metaKey(workflow.id), 'last', '1-3');
      if (reasons.length > 1) {
        checker.apply(await take(subscriber));
        await follow(subscriber, checker, 5);
      }
      const next = take(subscriber);
      await workflow.open('TAKEOVER');
      checker.apply(await next);
      await workflow.write();
      await follow(subscriber, checker, 6);
      expect(checker.snapshots).toEqual(reasons);
      await checked.close();
    },
  );
});
