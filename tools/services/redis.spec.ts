import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram } from './apt.ts';
import { ProcessGroup } from './process-group.ts';
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

describe('a damaged Redis data folder', () => {
  it('is named, left as it is, and comes with the command that moves it away', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-broken-'));
    const folder = join(home, 'data', 'redis');
    const log = join(folder, 'appendonlydir');
    const options = { program: findProgram('redis-server') ?? '', throwAway: false };
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
