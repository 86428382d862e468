import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram } from './apt.ts';
import { freePort } from './ports.ts';
import { ProcessGroup } from './process-group.ts';
import { commandLine, readPid } from './process-identity.ts';
import { ensureRedisServer, startRedis } from './redis.ts';

const quiet = () => undefined;

describe('a machine without redis-server', () => {
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
    vi.stubEnv('PATH', bin);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(bin, { recursive: true });
  });

  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  it('is told how to install one, or to name one, where there is no apt', async () => {
    const refused = ensureRedisServer(quiet);
    await expect(refused).rejects.toThrow('redis-server was not found on PATH');
    await expect(refused).rejects.toThrow('apt-get install redis-server');
    await expect(refused).rejects.toThrow('HOLDFAST_REDIS_URL');
  });

  it('is told the same where apt is there but not for this user', async () => {
    program('apt-get', 'exit 0');
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    await expect(ensureRedisServer(quiet)).rejects.toThrow('redis-server was not found on PATH');
  });

  it('gets one by apt as root', async () => {
    program(
      'apt-get',
      `echo "$@" >> '${join(bin, 'calls')}'; [ "$2" = install ] && : > '${join(bin, 'redis-server')}'; /bin/chmod +x '${bin}'/*; exit 0`,
    );
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(await ensureRedisServer(quiet)).toBe(join(bin, 'redis-server'));
  });

  it('is told what apt said when that fails', async () => {
    program('apt-get', 'echo "E: no network" >&2; exit 100');
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    const refused = ensureRedisServer(quiet);
    await expect(refused).rejects.toThrow(/install "redis-server" by hand[\s\S]*E: no network/);
  });
});

describe('the embedded Redis', () => {
  let home: string;
  let group: ProcessGroup;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
    chmodSync(home, 0o755);
    group = new ProcessGroup(home, quiet);
  });
  afterEach(async () => {
    await group.stop();
    rmSync(home, { recursive: true });
  });

  const start = (password = 'of-its-own') =>
    startRedis({ group, program: findProgram('redis-server') ?? '', password, throwAway: false }, quiet);

  it('answers nobody without its password, which no process list shows', async () => {
    const url = await start('not-for-you');
    const stranger = new Redis(Number(new URL(url).port), { maxRetriesPerRequest: 0 });
    stranger.on('error', quiet);
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    const redis = new Redis(url);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    expect(commandLine(pid())).not.toContain('not-for-you');
    expect(statSync(join(home, 'data', 'redis.conf')).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.getuid?.() === 0)('does not run as root', async () => {
    await start();
    const status = readFileSync(`/proc/${pid()}/status`, 'utf8');
    expect(/^Uid:\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1)).not.toContain('0');
  });

  it.runIf(process.getuid?.() === 0)('takes over the data that an earlier version wrote as root', async () => {
    const folder = join(home, 'data', 'redis');
    mkdirSync(folder, { mode: 0o700 });
    const port = await freePort();
    const settings = `port ${port}\nbind 127.0.0.1\ndir "${folder}"\nappendonly yes\nappendfsync always\nsave ""\n`;
    writeFileSync(join(folder, 'redis.conf'), settings);
    const earlier = spawn('redis-server', [join(folder, 'redis.conf')], { stdio: 'ignore' });
    const before = new Redis(port, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    before.on('error', quiet);
    await before.set('key', 'value');
    before.disconnect();
    const ended = once(earlier, 'exit');
    earlier.kill();
    await ended;
    expect(statSync(join(folder, 'appendonlydir')).uid).toBe(0);

    const redis = new Redis(await start());
    expect(await redis.get('key')).toBe('value');
    await redis.set('key', 'next');
    redis.disconnect();
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(folder, file)).uid, file).not.toBe(0);
    }
  });

  function pid(): number {
    return readPid(join(home, 'run', 'redis.pid')) ?? 0;
  }
});

describe('a damaged Redis data folder', () => {
  it('is named, left as it is, and comes with the command that moves it away', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-broken-'));
    const folder = join(home, 'data', 'redis');
    const log = join(folder, 'appendonlydir');
    const options = { program: findProgram('redis-server') ?? '', password: 'of-its-own', throwAway: false };
    const first = new ProcessGroup(home, quiet);
    const redis = new Redis(await startRedis({ group: first, ...options }, quiet));
    await redis.set('key', 'value');
    redis.disconnect();
    await first.stop();
    const files = readdirSync(log);
    const increments = files.find((name) => name.endsWith('.incr.aof')) ?? '';
    appendFileSync(join(log, increments), 'this is no command\r\n'.repeat(100));

    const second = new ProcessGroup(home, quiet);
    const start = startRedis({ group: second, ...options }, quiet);
    await expect(start).rejects.toThrow('The redis process ended while starting');
    await expect(start).rejects.toThrow(`mv '${folder}' '${folder}.broken'`);
    await second.stop();
    expect(readdirSync(log)).toEqual(files);
    rmSync(home, { recursive: true });
  });
});
