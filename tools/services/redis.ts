/** The embedded Redis: the system's `redis-server` binary, run by us on a free loopback port, never the system's service. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Advice } from '../progress.mjs';
import { canInstallWithApt, findProgram, installWithApt } from './apt.ts';
import { freePort } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';

const PORT_ATTEMPTS = 3;
const OLDEST_VERSION = 7;

/** The path of `redis-server`; installs Debian's package where it is missing and that is possible. */
export async function ensureRedisServer(tell: (note: string) => void): Promise<string> {
  let program = findProgram('redis-server');
  if (!program && canInstallWithApt()) {
    await installWithApt('redis-server', tell);
    program = findProgram('redis-server');
  }
  if (!program) {
    throw new Advice(
      'redis-server was not found on PATH. Either install it:\n' +
        '  Debian, Ubuntu:  sudo apt-get install redis-server\n' +
        '  Fedora:          sudo dnf install redis\n' +
        '  macOS:           brew install redis\n' +
        'or point HOLDFAST_REDIS_URL to a Redis 7 of your own, for example redis://127.0.0.1:6379',
    );
  }
  tell(program);
  return program;
}

export interface RedisOptions {
  group: ProcessGroup;
  program: string;
  /** Throw-away data: nothing is written to disk. For tests only. */
  throwAway: boolean;
}

/** Starts the server and resolves with its URL once it has loaded its data. */
export async function startRedis(options: RedisOptions, tell: (note: string) => void): Promise<string> {
  const folder = join(options.group.home, 'data', 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'redis.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    writeFileSync(configFile, configuration(folder, port, options.throwAway), { mode: 0o600 });
    try {
      await options.group.start({
        name: 'redis',
        command: options.program,
        args: [configFile],
        env: { PATH: process.env.PATH },
        cwd: folder,
        ready: (signal) => waitUntilLoaded(port, signal),
        readyTimeoutMs: 120_000,
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 20_000,
      });
      tell(`127.0.0.1:${port}`);
      return `redis://127.0.0.1:${port}`;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (/Address already in use/.test(text) && attempt < PORT_ATTEMPTS) continue;
      throw new Advice(
        `${text}\n\nIf its data folder is damaged: Redis holds nothing that Postgres does not hold too, so it may begin anew:\n` +
          `  mv '${folder}' '${folder}.broken'`,
      );
    }
  }
}

/** `noeviction`: a full Redis must refuse to write and never drop a job. `set-proc-title no` keeps our path in the process list. */
function configuration(folder: string, port: number, throwAway: boolean): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    'daemonize no',
    'set-proc-title no',
    `dir "${folder}"`,
    'maxmemory-policy noeviction',
    'save ""',
    ...(throwAway ? ['appendonly no'] : ['appendonly yes', 'appendfsync everysec', 'aof-load-truncated yes']),
    '',
  ].join('\n');
}

async function waitUntilLoaded(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (!(await askRedis(`redis://127.0.0.1:${port}`, async (redis) => void (await redis.ping())))) return;
    await sleep(50);
  }
}

/** @returns undefined when a Redis that fits answers at this address, else what is wrong, without the password in it */
export function redisProblem(url: string): Promise<string | undefined> {
  return askRedis(url, async (redis) => {
    // INFO and not CONFIG GET, which hosted servers forbid.
    const facts = await redis.info();
    const fact = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(facts)?.[1];
    const version = fact('redis_version') ?? '0';
    if (Number.parseInt(version, 10) < OLDEST_VERSION)
      return `it is Redis ${version}; ${OLDEST_VERSION} or newer is needed`;
    const policy = fact('maxmemory_policy');
    if (policy === 'noeviction') return undefined;
    return (
      `its maxmemory-policy is "${policy}", so it may throw jobs away when it is full. Set it to noeviction:\n` +
      '  redis-cli CONFIG SET maxmemory-policy noeviction   (and in its redis.conf)'
    );
  });
}

async function askRedis(
  url: string,
  question: (redis: Redis) => Promise<string | undefined>,
): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    connectTimeout: 5_000,
  });
  let problem: string | undefined;
  redis.on('error', (error) => {
    problem = error.message;
  });
  try {
    await redis.connect();
    return await question(redis);
  } catch (error) {
    return problem ?? (error instanceof Error ? error.message : String(error));
  } finally {
    redis.disconnect();
  }
}
