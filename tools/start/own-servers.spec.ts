import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../services/apt.ts';
import { freePort } from '../services/ports.ts';
import { ProcessGroup } from '../services/process-group.ts';
import { redisProblem, startRedis } from '../services/redis.ts';
import { npmStart, running } from './testing/started-holdfast.ts';

const home = mkdtempSync(join(tmpdir(), 'holdfast-own-'));
const servers = new ProcessGroup(join(home, 'servers'), () => undefined);
const DATABASE = `own_servers_${process.pid}`;
const testDatabaseUrl = process.env.HOLDFAST_TEST_DATABASE_URL ?? '';

let databaseUrl: string;
let redisUrl: string;
let redis: Redis;

async function sql(statement: string): Promise<void> {
  const client = new Client({ connectionString: testDatabaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

function ownServers(port: number) {
  return {
    HOLDFAST_HOME: join(home, 'holdfast'),
    HOLDFAST_PORT: String(port),
    HOLDFAST_DATABASE_URL: databaseUrl,
    HOLDFAST_REDIS_URL: redisUrl,
  };
}

/** Answers every command like INFO. */
function pretendRedis(version: string): Promise<Server> {
  const info = `redis_version:${version}\r\nmaxmemory_policy:noeviction\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const commands = String(bytes).match(/^\*\d+\r$/gm)?.length ?? 0;
      socket.write(`$${info.length}\r\n${info}\r\n`.repeat(commands));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('npm start on servers of one’s own', () => {
  beforeAll(async () => {
    await sql(`CREATE DATABASE ${DATABASE}`);
    databaseUrl = Object.assign(new URL(testDatabaseUrl), { pathname: `/${DATABASE}` }).href;
    const program = findProgram('redis-server') ?? '';
    redisUrl = await startRedis({ group: servers, program, password: 'of-its-own', throwAway: true }, () => undefined);
    redis = new Redis(redisUrl);
  });

  afterAll(async () => {
    redis?.disconnect();
    await servers.stop();
    await sql(`DROP DATABASE ${DATABASE} WITH (FORCE)`);
    rmSync(home, { recursive: true, force: true });
  });

  it('runs on them and starts none of its own', async () => {
    const port = await freePort();
    const started = npmStart(ownServers(port));
    await running(started, port);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect(started.output()).toContain('(HOLDFAST_DATABASE_URL)');
    expect(started.output()).toContain('(HOLDFAST_REDIS_URL)');
    const run = join(home, 'holdfast', 'run');
    expect(existsSync(join(run, 'api.pid'))).toBe(true);
    for (const name of ['postgres', 'redis']) expect(existsSync(join(run, `${name}.pid`)), name).toBe(false);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(await redis.ping()).toBe('PONG');
  });

  it('reads the address as the apps do, and refuses what they would refuse', async () => {
    const settings = ownServers(await freePort());
    const started = npmStart({ ...settings, HOLDFAST_DATABASE_URL: `${databaseUrl}?sslmode=prefer` });
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(
      /HOLDFAST_DATABASE_URL points to [^ ]+, which cannot be used: `sslmode` .* must be/,
    );
    const nowhere = npmStart({ ...settings, HOLDFAST_DATABASE_URL: `postgres://a:secret@127.0.0.1:9/b` });
    expect(await nowhere.ended).toBe(1);
    expect(nowhere.output()).toContain('points to 127.0.0.1:9, which cannot be used: connect ECONNREFUSED');
    expect(nowhere.output()).not.toContain('secret');
  });

  it('brings the demo airline up beside a model of one’s own', async () => {
    const port = await freePort();
    const started = npmStart({ ...ownServers(port), OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
    await running(started, port);
    expect(started.output()).toContain('✓ Demo airline');
    expect(started.output()).not.toContain('not a model');
    const instance = JSON.parse(readFileSync(join(home, 'holdfast', 'run', 'instance.json'), 'utf8')) as {
      simulatorPort: number;
    };
    const flights = `http://127.0.0.1:${instance.simulatorPort}/airline/flights?from=BER&to=OSL&date=2030-01-01`;
    expect((await fetch(flights)).status).toBe(200);
    started.child.kill('SIGTERM');
    await started.ended;
  });

  it('refuses at once a Redis that may evict, and says how to change that', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const started = npmStart(ownServers(await freePort()));
    expect(await started.ended).toBe(1);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(started.output()).toContain(`HOLDFAST_REDIS_URL points to ${new URL(redisUrl).host}, which cannot be used`);
    expect(started.output()).toContain('its maxmemory-policy is "allkeys-lru"');
    expect(started.output()).toContain('CONFIG SET maxmemory-policy noeviction');
    expect(started.output()).not.toContain('Unexpected failure');
  });

  it.each([
    ['6.2.14', /^it is Redis 6\.2\.14; 7 or newer is needed$/],
    ['7.4.2', undefined],
  ])('judges a Redis %s by its version', async (version, expected) => {
    const server = await pretendRedis(version);
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const problem = await redisProblem(`redis://127.0.0.1:${port}`);
    server.close();
    if (expected) expect(problem).toMatch(expected);
    else expect(problem).toBeUndefined();
  });
});

describe('npm start with a home that cannot be used', () => {
  it.each([
    ['below a file', 'file/home', 'file'],
    ['with a file in place of its data', 'taken', 'taken/data'],
  ])('says so in words when it lies %s', async (_, folder, file) => {
    mkdirSync(join(home, 'taken'), { recursive: true });
    writeFileSync(join(home, file), '');
    const started = npmStart({ HOLDFAST_HOME: join(home, folder), HOLDFAST_PORT: String(await freePort()) });
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain(
      `The folder ${join(home, folder)} cannot be used: ${join(home, file)} is a file.`,
    );
    expect(started.output()).toContain('HOLDFAST_HOME=');
    expect(started.output()).not.toMatch(/Unexpected failure|^\s+at /m);
    rmSync(join(home, file));
  });
});
