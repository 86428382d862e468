import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cursor, cursorAt } from '#libs/contracts';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { type CountSnapshot, DeliveryChecker, follow } from '../testing/delivery-checker.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { eventsChannel } from './stream.keys.js';
import { WorkflowTails } from './workflow-tails.js';

let server: RedisServer;
let command: Redis;
let subscriberConnection: Redis;
let refusals: string[];

beforeEach(async () => {
  server = await forgetfulRedis();
  refusals = [];
  command = createRedis(server.url, 'test-command', 'command');
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber', ({ error }) => {
    if (error) refusals.push(error.message);
  });
});
afterEach(async () => {
  await Promise.all([closeRedis(command), closeRedis(subscriberConnection)]);
  await server.stop();
});

async function refuseSubscriptions(): Promise<void> {
  await command.call('ACL', 'SETUSER', 'default', '-subscribe');
}

async function allowSubscriptions(): Promise<void> {
  await command.call('ACL', 'SETUSER', 'default', '+subscribe');
}

async function subscribersOf(channel: string): Promise<number> {
  const [, count] = (await command.call('PUBSUB', 'NUMSUB', channel)) as [string, number];
  return count;
}

const isListenedTo = (channel: string) =>
  until(async () => (await subscribersOf(channel)) === 1, 'the channel has a listener');
const isLeft = (channel: string) => until(async () => (await subscribersOf(channel)) === 0, 'the channel is left');

describe('a channel that Redis refuses', () => {
  it('is subscribed when Redis allows it, and says so to all who asked meanwhile', async () => {
    const channels = new ChannelSubscriptions(subscriberConnection);
    await refuseSubscriptions();
    const heard: unknown[] = [];
    const all = [1, 2, 3].map((n) => channels.listen('c', (message) => heard.push([n, message])));
    await until(() => refusals.length > 0, 'Redis has refused');
    expect(refusals[0]).toContain('NOPERM');
    await allowSubscriptions();
    await Promise.all(all.map(({ confirmed }) => confirmed));
    await command.publish('c', '{"a":1}');
    await until(() => heard.length === 3, 'all have heard');
    expect(heard).toEqual([1, 2, 3].map((n) => [n, { a: 1 }]));
  });

  it('is subscribed again when it was refused after a reconnect', async () => {
    const channels = new ChannelSubscriptions(subscriberConnection);
    const heard: unknown[] = [];
    await channels.listen('c', (message) => heard.push(message)).confirmed;
    await refuseSubscriptions();
    await command.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => refusals.some((message) => message.includes('NOPERM')), 'Redis has refused');
    await allowSubscriptions();
    await isListenedTo('c');
    await command.publish('c', '1');
    await until(() => heard.length === 1, 'the message is heard');
  });

  it('is forgotten with the last who waited for it, and free for the next', async () => {
    const channels = new ChannelSubscriptions(subscriberConnection);
    await refuseSubscriptions();
    for (let n = 0; n < 500; n += 1) channels.listen(`c${n % 7}`, () => undefined).stop();
    const left = channels.listen('c', () => undefined);
    await until(() => refusals.length > 0, 'Redis has refused');
    left.stop();
    left.stop();
    expect(channels.size).toBe(0);
    await allowSubscriptions();
    const next = channels.listen('c', () => undefined);
    await next.confirmed;
    expect(await subscribersOf('c')).toBe(1);
    next.stop();
    await isLeft('c');
    expect(channels.size).toBe(0);
  });

  it('silences a workflow only as long as that, also for a subscriber who was there before', async () => {
    // The position check is off so that it cannot close the gap.
    const tails = new WorkflowTails(subscriberConnection, command, { checkMs: 3_600_000 });
    const workflow = new WatchedWorkflow(command);
    await workflow.open();
    await refuseSubscriptions();
    const start = cursorAt(1, 0) as Cursor;
    const subscriber = tails.subscribe<CountSnapshot>({
      workflowId: workflow.id,
      cursor: start,
      loadSnapshot: workflow.loadSnapshot,
    });
    const checker = new DeliveryChecker(0, start);
    await follow(subscriber, checker, 0);
    await allowSubscriptions();
    await isListenedTo(eventsChannel(workflow.id));
    await workflow.write(3);
    await follow(subscriber, checker, 3);
    expect(checker.snapshots).toEqual([]);
    await tails.close();
    await isLeft(eventsChannel(workflow.id));
  });
});

describe('a connection that is closed for good', () => {
  it('rejects nothing that nobody holds, with listeners confirmed and waiting', async () => {
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    const channels = new ChannelSubscriptions(subscriberConnection);
    await channels.listen('c', () => undefined).confirmed;
    await server.kill('SIGKILL');
    await until(() => subscriberConnection.status !== 'ready', 'the connection is lost');
    const waiting = channels.listen('d', () => undefined);
    await closeRedis(subscriberConnection);
    waiting.stop();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
  });
});
