import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisHealth } from './redis-health.js';
import { missingRights } from './redis-rights.js';

/** The exact line in the documentation. */
const line = /^ACL SETUSER holdfast .*$/m.exec(readFileSync('docs/redis.md', 'utf8'))?.[0] ?? '';
const words = line.split(' ').slice(1);

let server: RedisServer;
let admin: Redis;
let limited: Redis;

beforeAll(async () => {
  server = await forgetfulRedis();
  admin = createRedis(server.url, 'admin', 'command');
  await admin.call('ACL', ...words);
  limited = createRedis(`redis://holdfast:secret@${new URL(server.url).host}`, 'limited', 'command');
});
afterAll(async () => {
  await Promise.all([closeRedis(limited), closeRedis(admin)]);
  await server.stop();
});

async function missingWith(...rules: string[]): Promise<string[]> {
  await admin.call('ACL', ...words, ...rules);
  return missingRights(limited, 'holdfast');
}

describe('a user of Redis with the documented rights', () => {
  it('lacks nothing, leaves nothing behind, and is warned of what it may not read', async () => {
    expect(await missingWith()).toEqual([]);
    expect(await admin.keys('*')).toEqual([]);
    const report = await new RedisHealth(limited, 'holdfast').checkAtStart();
    expect(report?.refusals).toEqual([]);
    expect(report?.warnings).toEqual([expect.stringContaining('eviction policy of Redis may not be read')]);
  });

  it.each(['hget', 'xadd', 'zadd', 'rpoplpush', 'time', 'del', 'eval', 'evalsha', 'bzpopmin', 'publish', 'subscribe'])(
    'is told so when it lacks %s',
    async (command) => {
      expect((await missingWith(`-${command}`)).map((name) => name.toLowerCase())).toContain(command);
    },
  );

  it('is told so when it may not touch its keys or its channels', async () => {
    expect(await missingWith('resetkeys')).toContain('keys holdfast:{probe:0}');
    expect(await missingWith('resetkeys', '~holdfast:{probe*')).toContain('keys holdfast:{holdfast}:probe');
    expect(await missingWith('resetchannels')).toContain('channels holdfast:holdfast:control');
  });
});
