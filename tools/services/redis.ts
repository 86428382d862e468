/** The embedded Redis: the system's `redis-server` binary, run on a free loopback port, never as the system's service. */
import { lchownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Advice } from '../progress.mjs';
import { ensureProgram, findProgram } from './apt.ts';
import { freePort } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';
import { findUnprivilegedUser, type RunAs, type UserNames } from './unprivileged-user.ts';

/**
 * The user that the server runs as when this program is root. Debian's package creates the first; the second exists for
 * Postgres.
 */
export const REDIS_USERS: UserNames = ['redis', 'postgres'];

/** The name of the program and of its package. */
export const REDIS_SERVER = 'redis-server';

const PORT_ATTEMPTS = 3;
const OLDEST_VERSION = 7;

/** The path of `redis-server`; installs Debian's package if it is missing and that is possible. */
export function ensureRedisServer(tell: (note: string) => void): Promise<string> {
  const advice =
    'redis-server was not found on PATH. Either install it:\n' +
    '  Debian, Ubuntu:  sudo apt-get install redis-server\n' +
    '  Fedora:          sudo dnf install redis\n' +
    '  macOS:           brew install redis\n' +
    'or point HOLDFAST_REDIS_URL to a Redis 7 of your own, for example redis://127.0.0.1:6379';
  return ensureProgram(REDIS_SERVER, () => findProgram(REDIS_SERVER), advice, tell);
}

export interface RedisOptions {
  group: ProcessGroup;
  program: string;
  /** Required from every client. Letters, digits, `-` and `_` only. */
  password: string;
  /** Throw-away data: nothing is written to disk. For tests only. */
  throwAway: boolean;
}

/** Starts the server and resolves with its URL once it has loaded its data. */
export async function startRedis(options: RedisOptions, tell: (note: string) => void): Promise<string> {
  const parent = join(options.group.home, 'data');
  const folder = join(parent, 'redis');
  const runAs = findUnprivilegedUser(REDIS_USERS, options.program, parent);
  if (!runAs) {
    throw new Advice(
      `Redis does not run as root here, and no other user can reach ${parent}.\n` +
        'Move the project to a folder that other users may enter (for example under /opt or /srv), start it as another user,\n' +
        'or point HOLDFAST_REDIS_URL to a Redis of your own.',
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  handOver(folder, runAs);
  const configFile = join(parent, 'redis.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    writeConfiguration(configFile, configuration(folder, port, options), runAs);
    try {
      await options.group.start({
        name: 'redis',
        ...runAs.wrap(options.program, [configFile]),
        env: { PATH: process.env.PATH },
        cwd: '/',
        ready: (signal) => waitUntilLoaded(urlOf(port, options.password), signal),
        readyTimeoutMs: 120_000,
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 20_000,
      });
      tell(`127.0.0.1:${port}`);
      return urlOf(port, options.password);
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

/**
 * `noeviction`: a full Redis must refuse writes and never drop a job. `set-proc-title no` keeps our path in the process
 * list.
 */
function configuration(folder: string, port: number, { password, throwAway }: RedisOptions): string {
  return [
    `requirepass ${password}`,
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

/** Gives the folder to the user that the server runs as; an earlier start as root may have created it. */
function handOver(folder: string, { owner }: RunAs): void {
  if (!owner || statSync(folder).uid === owner.uid) return;
  // The folder itself comes last, so that an interrupted pass is repeated.
  for (const path of [...readdirSync(folder, { recursive: true, encoding: 'utf8' }), '.']) {
    lchownSync(join(folder, path), owner.uid, owner.gid);
  }
}

/** Next to the data and not inside it, where the server's user could replace the file. */
function writeConfiguration(file: string, text: string, { owner }: RunAs): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  if (owner) lchownSync(file, owner.uid, owner.gid);
}

function urlOf(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

async function waitUntilLoaded(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // PING is refused while the server loads its data.
    if (!(await askRedis(url, async (redis) => void (await redis.ping())))) return;
    await sleep(50);
  }
}

/**
 * @returns undefined when a suitable Redis answers at this address, otherwise what is wrong, without the password. What
 * this cannot check (a cluster, sentinels, a user without permission for INFO) is reported by api and worker.
 */
export async function redisProblem(url: string): Promise<string | undefined> {
  if (/^rediss?\+/.test(url)) return undefined;
  return askRedis(url, async (redis) => {
    // INFO instead of CONFIG GET, which hosted servers forbid.
    const facts = String(await redis.call('INFO').catch(withoutRight));
    if (facts === '') return undefined;
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

function withoutRight(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}

async function askRedis(
  url: string,
  question: (redis: Redis) => Promise<string | undefined>,
): Promise<string | undefined> {
  const caFile = process.env.HOLDFAST_REDIS_CA_FILE;
  const redis = new Redis(url.replace(/^rediss:/, caFile ? 'redis:' : 'rediss:'), {
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    connectTimeout: 5_000,
    // The ready check calls INFO too.
    enableReadyCheck: false,
    ...(caFile && url.startsWith('rediss:') && { tls: { ca: readFileSync(caFile) } }),
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
