import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt } from '#libs/contracts';
import { RedisCluster } from '../../../test/support/redis-cluster.js';
import { until } from '../../../test/support/until.js';
import { type CountSnapshot, DeliveryChecker, follow } from '../testing/delivery-checker.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { WorkflowTails } from './workflow-tails.js';

let servers: RedisCluster;
let cluster: Cluster;
let subscriberConnection: Redis;

beforeAll(async () => {
  servers = await RedisCluster.start();
  const [first, second] = servers.servers.map(({ url }) => url) as [string, string];
  cluster = new Cluster([first], { redisOptions: { password: new URL(first).password } });
  subscriberConnection = new Redis(second);
});

afterAll(async () => {
  subscriberConnection?.disconnect();
  cluster?.disconnect();
  await servers?.stop();
});

describe('a subscriber connection near a key', () => {
  it.each(['a', 'b', 'c', 'd', 'e', 'f'])('is counted by the node that has it: %s', async (key) => {
    const { url } = servers;
    const near = createRedis(url, 'near', 'subscriber', undefined, { near: key });
    near.on('ready', () => void near.subscribe(`listening:${key}`).catch(() => undefined));
    await near.connect();
    const owner = createRedis(url, 'owner', 'command');
    // A script runs on the node of its key.
    const count = () => owner.eval(`return redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]`, 1, key, `listening:${key}`);
    await until(async () => (await count()) === 1, 'the owner counts it');
    await closeRedis(near);
    await until(async () => (await count()) === 0, 'the owner counts it no more');
    await closeRedis(owner);
  });
});

describe('streams on a Redis Cluster', () => {
  it.each([
    ['publishing', 3_600_000, true],
    ['position checks alone', 50, false],
  ])('are written and followed on all nodes, by %s', async (_by, checkMs, hears) => {
    // The cluster client has the commands that the stream needs and sends each to the node with the keys.
    const command = cluster as unknown as Redis;
    const deaf = {
      on: () => undefined,
      off: () => undefined,
      subscribe: async () => undefined,
      unsubscribe: async () => undefined,
    };
    const tails = new WorkflowTails(hears ? subscriberConnection : (deaf as unknown as Redis), command, { checkMs });
    const workflows = Array.from({ length: 12 }, () => new WatchedWorkflow(command));
    await Promise.all(workflows.map((workflow) => workflow.open()));
    const followed = workflows.map(({ id, loadSnapshot }) => {
      const options = { workflowId: id, cursor: cursorAt(1, 0), loadSnapshot };
      return follow(tails.subscribe<CountSnapshot>(options), new DeliveryChecker(0, cursorAt(1, 0)), 50);
    });
    for (let n = 1; n <= 50; n += 1) await Promise.all(workflows.map((workflow) => workflow.write()));
    const checkers = await Promise.all(followed);
    for (const checker of checkers) expect(checker.snapshots).toEqual([]);
    await tails.close();
  });
});
