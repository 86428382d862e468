/**
 * Redis for the tests of this folder: a server of their own where they kill or empty it, a given one otherwise.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}

/** A redis-server on a free port that can be stopped and started again with its data gone. */
export class OwnRedis {
  private process: ChildProcess | null = null;
  private readonly password = randomUUID();

  private constructor(
    private readonly port: number,
    private readonly folder: string,
  ) {}

  static async start(): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), await mkdtemp(join(tmpdir(), 'holdfast-redis-')));
    await redis.up();
    return redis;
  }

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/0`;
  }

  async up(): Promise<void> {
    const options = [
      '--port',
      `${this.port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      this.folder,
      '--save',
      '',
      '--appendonly',
      'no',
      '--requirepass',
      this.password,
    ];
    this.process = spawn('redis-server', options, { stdio: 'ignore' });
    const probe = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    probe.on('error', () => undefined);
    await probe.ping();
    await probe.quit();
  }

  async down(): Promise<void> {
    const { process } = this;
    this.process = null;
    if (!process) return;
    const exit = once(process, 'exit');
    process.kill('SIGKILL');
    await exit;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The server that the environment names, or one of our own. */
export async function anyRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.HOLDFAST_TEST_REDIS_URL;
  if (url) return { url, stop: async () => undefined };
  return OwnRedis.start();
}

/** Waits for a condition, asking often; fails with `what` after a bounded time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await delay(5);
  }
}
