import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import type { ChangeWatcher } from './change-watcher.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { changesChannel } from './stream.keys.js';
import { WorkflowChanges } from './workflow-changes.js';

let server: RedisServer;
let command: Redis;
let subscriberConnection: Redis;
let changes: WorkflowChanges;

beforeAll(async () => {
  server = await forgetfulRedis();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  command = createRedis(server.url, 'test-command', 'command');
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
  changes = new WorkflowChanges(subscriberConnection, command);
});
afterEach(async () => {
  await changes.close();
  await Promise.all([closeRedis(command), closeRedis(subscriberConnection)]);
});

async function listeners(ownerId: ReturnType<typeof newId<'user'>>): Promise<number> {
  const [, count] = (await command.pubsub('NUMSUB', changesChannel(ownerId))) as [string, number];
  return Number(count);
}

const heard = async (watcher: ChangeWatcher) => (await watcher.next()).value;

describe('WorkflowChanges', () => {
  it('tells all watchers of an owner, and nobody else, over one subscription', async () => {
    const [owner, other] = [newId('user'), newId('user')];
    const watchers = [changes.watch(owner), changes.watch(owner)];
    const foreign = changes.watch(other);
    await until(
      async () => (await listeners(owner)) === 1 && (await listeners(other)) === 1,
      'both channels are subscribed',
    );
    const change = { workflowId: newId('workflow'), deleted: false };
    const ownChange = { workflowId: newId('workflow'), deleted: true };
    changes.announce(owner, change);
    changes.announce(other, ownChange);
    expect(await Promise.all(watchers.map(heard))).toEqual([change, change]);
    expect(await heard(foreign)).toEqual(ownChange);
    expect(changes.size).toBe(2);
  });

  it('gathers what happens in a moment, so that each workflow is told once', async () => {
    const owner = newId('user');
    const watcher = changes.watch(owner);
    await until(async () => (await listeners(owner)) === 1, 'the channel is subscribed');
    const [first, second] = [newId('workflow'), newId('workflow')];
    const next = heard(watcher);
    // In one transaction, because a slow Redis could otherwise split them into two bursts.
    const moment = command.multi();
    for (const workflowId of [...Array.from({ length: 20 }, () => first), second]) {
      moment.publish(changesChannel(owner), JSON.stringify({ workflowId, deleted: false }));
    }
    await moment.exec();
    expect(await next).toMatchObject({ workflowId: first });
    expect(await heard(watcher)).toMatchObject({ workflowId: second });
  });

  it('gives the subscription back with its last watcher, and takes it again with the next', async () => {
    const owner = newId('user');
    const [first, second] = [changes.watch(owner), changes.watch(owner)];
    await until(async () => (await listeners(owner)) === 1, 'the channel is subscribed');
    await first.return();
    expect(await listeners(owner)).toBe(1);
    await second.return();
    await until(async () => (await listeners(owner)) === 0, 'nobody is subscribed');
    expect(changes.size).toBe(0);
    const third = changes.watch(owner);
    await until(async () => (await listeners(owner)) === 1, 'the channel is subscribed again');
    const change = { workflowId: newId('workflow'), deleted: false };
    changes.announce(owner, change);
    expect(await heard(third)).toEqual(change);
  });

  it('goes on after a Redis that was away, and an announcement meanwhile breaks nothing', async () => {
    const owner = newId('user');
    const watcher = changes.watch(owner);
    await until(async () => (await listeners(owner)) === 1, 'the channel is subscribed');
    const change = { workflowId: newId('workflow'), deleted: false };
    await server.kill('SIGKILL');
    changes.announce(owner, change);
    await server.start();
    const next = heard(watcher);
    await until(async () => {
      changes.announce(owner, change);
      return Promise.race([next.then(() => true), delay(150, false)]);
    }, 'a change is heard');
    expect(await next).toEqual(change);
  });

  it('ignores what is no change', async () => {
    const owner = newId('user');
    const watcher = changes.watch(owner);
    await until(async () => (await listeners(owner)) === 1, 'the channel is subscribed');
    const change = { workflowId: newId('workflow'), deleted: false };
    for (const odd of ['nonsense', 'null', '{"workflowId":"x","deleted":false}', JSON.stringify(change)]) {
      await command.publish(changesChannel(owner), odd);
    }
    expect(await heard(watcher)).toEqual(change);
  });

  it('ends its watchers when it is closed', async () => {
    const next = changes.watch(newId('user')).next();
    await changes.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(() => changes.watch(newId('user'))).toThrow();
  });
});
