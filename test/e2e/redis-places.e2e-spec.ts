import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { PersistentSubscriber, uniquePrompt, untilEnded } from '../support/generations.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisServer } from '../support/redis-server.ts';
import { System, type SystemOptions } from '../support/system.ts';
import { until } from '../support/until.ts';

/** What a test has started; ended in the opposite order, whatever becomes of it. */
const started: { stop(): Promise<void> }[] = [];

function keep<T extends { stop(): Promise<void> }>(thing: T): T {
  started.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of started.splice(0).reverse()) await thing.stop();
});

async function startSystem(options: SystemOptions): Promise<System> {
  return keep(await System.start({ tokensPerSecond: 0, ...options }));
}

/** A whole generation: queued, executed, streamed to a subscriber who sees every event once, and checked against Postgres. */
async function generate(system: System): Promise<void> {
  const generation = await system.api.start(uniquePrompt());
  const subscriber = new PersistentSubscriber(system, generation);
  expect(await untilEnded(system, [generation.runId])).toMatchObject([{ status: 'SUCCEEDED', attempts: 1 }]);
  await subscriber.seesAll();
}

async function degraded(system: System): Promise<string[]> {
  return ((await (await fetch(`${system.url}/readyz`)).json()) as { degraded: string[] }).degraded;
}

describe('a Redis Cluster', () => {
  it('carries whole generations, cancels and the number of workers', async () => {
    const cluster = keep(await RedisCluster.start());
    const system = await startSystem({ redisUrl: cluster.url, workers: 2 });
    await Promise.all([generate(system), generate(system), generate(system)]);
    await until(async () => (await degraded(system)).length === 0, 'nothing is degraded');
    const { serverInfo } = await system.api.data<{ serverInfo: { workersAlive: number } }>(
      '{ serverInfo { workersAlive } }',
    );
    expect(serverInfo.workersAlive).toBe(2);
    const slow = await system.api.start(uniquePrompt('[[sim: drip ms=100]] [[sim: text=2000]]'));
    await until(async () => (await system.evidence.run(slow.runId)).status === 'RUNNING', 'the run is taken');
    await system.api.cancelRun(slow.runId);
    expect(await untilEnded(system, [slow.runId])).toMatchObject([{ status: 'CANCELED' }]);
  });

  it('that has lost slots is named by readiness, and prompts are accepted meanwhile', async () => {
    const cluster = keep(await RedisCluster.start());
    const system = await startSystem({ redisUrl: cluster.url, workers: 0 });
    await until(async () => (await degraded(system)).join() === 'workers', 'only workers are missing');
    await cluster.servers[2]?.kill('SIGKILL');
    await until(async () => (await degraded(system)).includes('redis'), 'Redis is degraded');
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
    expect((await system.api.submitPrompt({ prompt: uniquePrompt() })).userErrors).toEqual([]);
  });
});

describe('a Redis behind sentinels', () => {
  it('carries a whole generation', async () => {
    const master = keep(await RedisServer.start());
    const { port, password } = master;
    const sentinel = keep(
      await RedisServer.startSentinel([
        `sentinel monitor main 127.0.0.1 ${port} 1`,
        `sentinel auth-pass main ${password}`,
      ]),
    );
    const query = `?sentinelPassword=${sentinel.password}`;
    await generate(
      await startSystem({ redisUrl: `redis+sentinel://:${password}@127.0.0.1:${sentinel.port}/main/0${query}` }),
    );
  });
});

describe('two instances on one Redis', () => {
  it('do not see each other', async () => {
    const redis = keep(await RedisServer.start());
    const instance = (HOLDFAST_REDIS_PREFIX: string, workers: number) =>
      startSystem({ redisUrl: redis.url, workers, environment: { HOLDFAST_REDIS_PREFIX } });
    const [one, two] = await Promise.all([instance('one', 0), instance('two', 1)]);
    const waiting = await one.api.start(uniquePrompt());
    await generate(two);
    // The worker of the other instance would have taken it long ago.
    expect(await one.evidence.run(waiting.runId)).toMatchObject({ status: 'QUEUED', attempts: 0 });
    await until(async () => (await degraded(one)).join() === 'workers', 'the one has no worker');
    await until(async () => (await degraded(two)).length === 0, 'the other lacks nothing');
    await one.addWorker();
    await untilEnded(one, [waiting.runId]);
    await generate(one);
    const client = new Redis(redis.url);
    const names = [...(await client.keys('*')), ...((await client.pubsub('CHANNELS')) as string[])];
    client.disconnect();
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !/^(one|two):/.test(name))).toEqual([]);
  });
});

describe('a user of Redis with few rights', () => {
  /** The line of the documentation, word for word. */
  const line = /^ACL SETUSER holdfast .*$/m.exec(readFileSync('docs/redis.md', 'utf8'))?.[0] ?? '';
  const words = line.split(' ').slice(1);

  async function limitedServer(...rules: string[]): Promise<{ admin: Redis; url: string }> {
    const server = keep(await RedisServer.start());
    const admin = new Redis(server.url);
    keep({ stop: async () => admin.disconnect() });
    await admin.call('ACL', ...words, ...rules);
    return { admin, url: `redis://holdfast:secret@127.0.0.1:${server.port}` };
  }

  it('suffices as documented for a whole generation, and is refused nothing', async () => {
    const { admin, url } = await limitedServer();
    const environment = { HOLDFAST_REDIS_PREFIX: 'holdfast' };
    const system = await startSystem({ redisUrl: url, environment });
    await Promise.all([generate(system), generate(system)]);
    await until(async () => (await degraded(system)).length === 0, 'nothing is degraded');
    const refused = (await admin.call('ACL', 'LOG')) as string[][];
    // The names of connections and the eviction policy are asked for where that is allowed.
    const objects = refused.map((entry) => entry[entry.indexOf('object') + 1]);
    expect([...new Set(objects)].filter((object) => !['client|setname', 'info'].includes(object ?? ''))).toEqual([]);
    for (const output of [system.apiProcess.output, ...system.workers.map((worker) => worker.output)]) {
      expect(output).not.toContain('NOPERM');
      expect(output).toContain('The eviction policy of Redis may not be read');
    }
  });

  it.each([
    ['a command', '-hget', 'HGET'],
    ['a command of the queue', '-bzpopmin', 'BZPOPMIN'],
    ['scripts', '-eval', 'EVAL'],
    ['publishing', '-publish', 'PUBLISH'],
    ['its keys', 'resetkeys', 'keys holdfast:'],
    ['its channels', 'resetchannels', 'channels holdfast:'],
  ])('that lacks %s is refused at the start, in words', async (_, rule, named) => {
    const { url } = await limitedServer(rule);
    const start = startSystem({ redisUrl: url, environment: { HOLDFAST_REDIS_PREFIX: 'holdfast' } });
    await expect(start).rejects.toThrow(/The user of HOLDFAST_REDIS_URL lacks rights in Redis: .*docs\/redis\.md/);
    await expect(start).rejects.toThrow(named);
  });

  it('that loses a right while it works makes few lines in the log', async () => {
    const { admin, url } = await limitedServer();
    const system = await startSystem({ redisUrl: url, environment: { HOLDFAST_REDIS_PREFIX: 'holdfast' } });
    await generate(system);
    const output = () => [system.apiProcess, ...system.workers].map((each) => each.output).join('');
    const before = output().split('\n').length;
    await admin.call('ACL', 'SETUSER', 'holdfast', '-@all');
    await until(async () => (await degraded(system)).includes('redis'), 'Redis is degraded');
    await until(() => output().includes('queue error'), 'the worker says so');
    const since = performance.now();
    await until(() => performance.now() - since > 5_000, 'five seconds pass');
    expect(output().split('\n').length - before).toBeLessThan(40);
    expect(Number(/cmdstat_evalsha:.*rejected_calls=(\d+)/.exec(await admin.info('commandstats'))?.[1])).toBeLessThan(
      500,
    );
    await admin.call('ACL', ...words);
    await generate(system);
  });
});

describe('a Redis with TLS and a certificate authority of its own', () => {
  it('carries a whole generation for those who trust it, and is away for others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
    keep({ stop: async () => rmSync(folder, { recursive: true }) });
    const caFile = certificates(folder);
    const files = { 'tls-cert-file': 'server.crt', 'tls-key-file': 'server.key', 'tls-ca-cert-file': 'ca.crt' };
    const settings = Object.entries(files).flatMap(([name, file]) => [`--${name}`, join(folder, file)]);
    const server = keep(await RedisServer.startTls([...settings, '--tls-auth-clients', 'no']));
    const redisUrl = server.url.replace('redis:', 'rediss:').replace('127.0.0.1', 'localhost');
    await generate(await startSystem({ redisUrl, environment: { HOLDFAST_REDIS_CA_FILE: caFile } }));
    const stranger = await startSystem({ redisUrl, workers: 0 });
    expect(await degraded(stranger)).toContain('redis');
    expect(stranger.apiProcess.output).toMatch(/self-signed certificate|unable to verify/);
  });
});

/** An authority and a certificate for localhost that it has signed. */
function certificates(folder: string): string {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout'];
  openssl('req', '-x509', ...key, 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Authority of a test');
  openssl('req', ...key, 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'server.csr', ...sign, '-out', 'server.crt');
  return join(folder, 'ca.crt');
}
