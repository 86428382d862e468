import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrompt, untilEnded } from '../support/generations.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

interface Readiness {
  ready: boolean;
  degraded: string[];
  checks: Record<string, { ok: boolean; message?: string }>;
}

interface QueuePlace {
  since: string;
  runsBefore: number;
  workersAlive: number | null;
}

const healthFile = join(tmpdir(), `holdfast-takes-jobs-${process.pid}`);
let system: System;
let redis: Redis;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, workers: 0, environment: { HOLDFAST_HEALTH_FILE: healthFile } });
  redis = new Redis(system.redis.url);
  redis.on('error', () => undefined);
});

afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});

async function readyz(): Promise<Readiness & { status: number }> {
  const response = await fetch(`${system.url}/readyz`);
  return { status: response.status, ...((await response.json()) as Readiness) };
}

/** Waits until exactly these parts are told to be degraded. */
function degradedIs(...names: string[]) {
  return until(
    async () => {
      const readiness = await readyz();
      return readiness.degraded.join() === names.join() ? readiness : null;
    },
    `degraded is ${names.join(', ') || 'nothing'}`,
  );
}

async function queuePlace(runId: string): Promise<QueuePlace | null> {
  const query = 'query ($id: ID!) { run(id: $id) { queuePlace { since runsBefore workersAlive } } }';
  return (await system.api.data<{ run: { queuePlace: QueuePlace | null } }>(query, { id: runId })).run.queuePlace;
}

function containerHealth(): number | null {
  const env = { PATH: process.env.PATH, HOLDFAST_HEALTH_FILE: healthFile };
  return spawnSync(process.execPath, ['docker/worker-health.mjs'], { env }).status;
}

async function workersAlive(): Promise<number | null> {
  return (await system.api.data<{ serverInfo: { workersAlive: number | null } }>('{ serverInfo { workersAlive } }'))
    .serverInfo.workersAlive;
}

async function sql(statement: string): Promise<void> {
  const options = '-c default_transaction_read_only=off';
  const client = new pg.Client({ connectionString: system.database.url, options });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('a server without workers', () => {
  it('says so, and tells each run where it stands until one comes', async () => {
    expect(await degradedIs('workers')).toMatchObject({ status: 200, ready: true });
    const before = Date.now();
    const first = await system.api.start(uniquePrompt());
    const second = await system.api.start(uniquePrompt());
    expect(await queuePlace(first.runId)).toMatchObject({ runsBefore: 0, workersAlive: 0 });
    const place = await queuePlace(second.runId);
    expect(place).toMatchObject({ runsBefore: 1, workersAlive: 0 });
    expect(Date.parse(place?.since ?? '')).toBeGreaterThanOrEqual(before);
    expect(Date.parse(place?.since ?? '')).toBeLessThanOrEqual(Date.now());

    const worker = await system.addWorker();
    await untilEnded(system, [first.runId, second.runId]);
    expect(await queuePlace(first.runId)).toBeNull();
    await until(async () => (await workersAlive()) === 1, 'one worker is alive');
    await degradedIs();
    await until(() => existsSync(healthFile), 'the worker says that it takes jobs');
    expect(containerHealth()).toBe(0);
    await worker.kill('SIGKILL');
    await until(async () => (await workersAlive()) === 0, 'the killed worker is not alive');
    const longAgo = Date.now() / 1_000 - 60;
    utimesSync(healthFile, longAgo, longAgo);
    expect(containerHealth()).toBe(1);
  });
});

describe('readiness', () => {
  it('names Redis when its disk is full, and goes on accepting prompts', async () => {
    const [, folder = ''] = (await redis.config('GET', 'dir')) as [string, string];
    await redis.config('SET', 'save', '3600 1');
    // A folder that is gone stands for a disk that is full: the next save fails, and Redis refuses writes from then on.
    rmSync(folder, { recursive: true });
    await redis.bgsave();
    const readiness = await degradedIs('redis', 'workers');
    expect(readiness).toMatchObject({ status: 200, ready: true });
    expect(readiness.checks.redis?.message).toContain('its disk is full or cannot be written to (MISCONF)');
    expect((await system.api.submitPrompt({ prompt: uniquePrompt() })).userErrors).toEqual([]);
    await redis.config('SET', 'save', '');
    mkdirSync(folder);
    await degradedIs('workers');
  });

  it('names all that Redis does when it is away, and goes on accepting prompts', async () => {
    await system.redis.kill('SIGKILL');
    expect(await degradedIs('redis', 'redisPolicy', 'workers')).toMatchObject({ status: 200, ready: true });
    const { run, userErrors } = await system.api.submitPrompt({ prompt: uniquePrompt() });
    expect(userErrors).toEqual([]);
    expect(await queuePlace(run?.id ?? '')).toMatchObject({ workersAlive: null });
    await system.redis.start();
    await degradedIs('workers');
  });

  it('is refused while Postgres takes no writes', async () => {
    const name = new URL(system.database.url).pathname.slice(1);
    const endSessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND application_name = 'holdfast-api'`;
    await sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await sql(endSessions);
    const readiness = await degradedIs('database', 'workers');
    expect(readiness).toMatchObject({ status: 503, ready: false });
    expect(readiness.checks.database?.message).toContain('takes no writes');
    await sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await sql(endSessions);
    expect(await degradedIs('workers')).toMatchObject({ status: 200, ready: true });
  });

  it('asks its parts no more than once in two seconds, however many ask', async () => {
    const calls = async () => Number(/cmdstat_set:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
    await degradedIs('workers');
    const before = await calls();
    const started = performance.now();
    await Promise.all(Array.from({ length: 100 }, readyz));
    expect((await calls()) - before).toBeLessThanOrEqual(1 + Math.floor((performance.now() - started) / 2_000));
  });
});

describe('a Redis that may drop keys', () => {
  it('is refused by the api and by a worker when they start', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refusal = /Redis has the eviction policy "allkeys-lru"[\s\S]*Set it to noeviction/;
    await expect(system.addWorker()).rejects.toThrow(refusal);
    await system.apiProcess.stop();
    await expect(system.apiProcess.start()).rejects.toThrow(refusal);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await system.apiProcess.start();
    await system.apiIsReady();
  });

  it('is named by an api that started while it was away', async () => {
    const other = await System.start({ workers: 0, links: true });
    try {
      await other.apiProcess.stop();
      other.links.apiRedis.cut();
      const client = new Redis(other.redis.url);
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      client.disconnect();
      await other.apiProcess.start();
      await other.apiIsReady();
      expect(other.apiProcess.output).not.toContain('eviction policy');
      other.links.apiRedis.mend();
      await until(() => other.apiProcess.output.includes('eviction policy \\"allkeys-lru'), 'the api names it');
    } finally {
      await other.stop();
    }
  });
});
