import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorAt } from '#libs/contracts';
import { type CountSnapshot, DeliveryChecker, follow } from '../testing/delivery-checker.js';
import { until } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { WorkflowTails } from './workflow-tails.js';

const ports: number[] = [];
const buses: number[] = [];
const folders: string[] = [];
const nodes: ChildProcess[] = [];
let cluster: Cluster;
let subscriberConnection: Redis;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}

async function startNode(firstSlot: number, lastSlot: number): Promise<void> {
  const [port, busPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-cluster-'));
  ports.push(port);
  folders.push(folder);
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const roles = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`];
  nodes.push(spawn('redis-server', [...options, ...roles], { stdio: 'ignore' }));
  const node = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
  node.on('error', () => undefined);
  await node.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot, lastSlot);
  // Only the first node's bus is known to the one that comes after it.
  if (buses.length > 0) await node.call('CLUSTER', 'MEET', '127.0.0.1', ports[0] as number, buses[0] as number);
  buses.push(busPort);
  node.disconnect();
}
beforeAll(async () => {
  await startNode(0, 8_191);
  await startNode(8_192, 16_383);
  for (const port of ports) {
    const node = new Redis(port, '127.0.0.1');
    await until('the node knows the whole cluster', async () => {
      const state = String(await node.call('CLUSTER', 'INFO'));
      return state.includes('cluster_state:ok') && state.includes('cluster_known_nodes:2');
    });
    node.disconnect();
  }
  cluster = new Cluster([{ host: '127.0.0.1', port: ports[0] as number }]);
  subscriberConnection = new Redis(ports[1] as number, '127.0.0.1');
});

afterAll(async () => {
  subscriberConnection?.disconnect();
  cluster?.disconnect();
  for (const node of nodes) {
    if (node.exitCode !== null) continue;
    node.kill();
    await once(node, 'exit');
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('a subscriber connection near a key', () => {
  it.each(['a', 'b', 'c', 'd', 'e', 'f'])('is counted by the node that has it: %s', async (key) => {
    const url = `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
    const near = createRedis(url, 'near', 'subscriber', undefined, { near: key });
    near.on('ready', () => void near.subscribe(`listening:${key}`).catch(() => undefined));
    await near.connect();
    const owner = createRedis(url, 'owner', 'command');
    // A script runs on the node of its key.
    const count = () => owner.eval(`return redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]`, 1, key, `listening:${key}`);
    await until('the owner counts it', async () => (await count()) === 1);
    await closeRedis(near);
    await until('the owner counts it no more', async () => (await count()) === 0);
    await closeRedis(owner);
  });
});

describe('streams on a Redis Cluster', () => {
  it.each([
    ['publishing', 3_600_000, true],
    ['position checks alone', 50, false],
  ])('are written and followed on all nodes, by %s', async (_by, checkMs, hears) => {
    // Both are what the stream asks of a connection: the same commands, sent to the node that has the keys.
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
