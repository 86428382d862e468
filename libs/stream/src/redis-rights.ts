/**
 * The permissions that a Redis user needs for this project and for BullMQ. They are checked by calling the commands, in a
 * way that leaves nothing behind, because only administrators may read the permissions of a user.
 */
import type { Redis } from 'ioredis';
import { isRightMissing } from './redis-connection.js';
import { controlChannel, probeKey, queuePrefix } from './stream.keys.js';

/**
 * Calls that a script makes on one key; `KEY` stands for that key. The first one makes it a string that expires after a
 * second, so calls for any other type fail with a type error and change nothing.
 */
const calledInScripts: readonly string[] = [
  'SET KEY 1 PX 1000',
  ...[
    'GET KEY',
    'EXISTS KEY',
    'TYPE KEY',
    'PTTL KEY',
    'PERSIST KEY',
    'PEXPIRE KEY 1000',
    'PEXPIREAT KEY 9999999999999',
  ],
  ...['HSET KEY f 1', 'HGET KEY f', 'HMGET KEY f', 'HMSET KEY f 1', 'HGETALL KEY', 'HDEL KEY f', 'HEXISTS KEY f'],
  ...['HINCRBY KEY f 1', 'HLEN KEY', 'INCR KEY', 'INCRBY KEY 1', 'TIME'],
  ...[
    'LPUSH KEY 1',
    'RPUSH KEY 1',
    'LPOP KEY',
    'RPOP KEY',
    'LLEN KEY',
    'LRANGE KEY 0 1',
    'LREM KEY 0 1',
    'LSET KEY 0 1',
  ],
  ...['LINDEX KEY 0', 'LPOS KEY 1', 'LTRIM KEY 0 1', 'RPOPLPUSH KEY KEY'],
  ...['SADD KEY 1', 'SREM KEY 1', 'SCARD KEY', 'SISMEMBER KEY 1', 'SMEMBERS KEY'],
  ...['ZADD KEY 1 1', 'ZREM KEY 1', 'ZCARD KEY', 'ZCOUNT KEY 0 1', 'ZSCORE KEY 1', 'ZRANGE KEY 0 1', 'ZPOPMIN KEY'],
  ...['ZRANGEBYSCORE KEY 0 1', 'ZREVRANGEBYSCORE KEY 1 0', 'ZREVRANGE KEY 0 1', 'ZRANGEBYLEX KEY [a [b'],
  ...['ZREMRANGEBYSCORE KEY 0 1', 'ZREMRANGEBYRANK KEY 0 1', 'ZLEXCOUNT KEY [a [b'],
  ...[
    'XADD KEY * f 1',
    'XLEN KEY',
    'XRANGE KEY - + COUNT 1',
    'XREVRANGE KEY + - COUNT 1',
    'XTRIM KEY MINID 0',
    'XDEL KEY 1-1',
  ],
  ...['RENAME KEY KEY', 'DEL KEY', 'UNLINK KEY'],
];

/**
 * KEYS[1] a key that may be overwritten
 * ARGV the calls
 * Returns the names of the commands refused for a missing permission, and `keys` when the key itself was refused. The
 * wording of the error differs between versions of Redis.
 */
const tryScript = `
local function is_refused(text)
  for _, words in ipairs({'NOPERM', 'user executing the script', 'ACL failure'}) do
    if string.find(text, words, 1, true) then return true end
  end
  return false
end
local missing = {}
for index, text in ipairs(ARGV) do
  local call = {}
  for word in string.gmatch(text, '%S+') do
    call[#call + 1] = word == 'KEY' and KEYS[1] or word
  end
  local reply = redis.pcall(unpack(call))
  if type(reply) == 'table' and reply.err and is_refused(reply.err) then
    missing[#missing + 1] = string.find(reply.err, 'key', 1, true) and 'keys' or call[1]
  end
end
return missing
`;

/**
 * The permissions that the user of this connection lacks, by their names in an ACL. Empty when nothing is missing. Rejects
 * when Redis does not answer.
 */
export async function missingRights(redis: Redis, prefix = ''): Promise<string[]> {
  const missing = new Set<string>();
  const streams = probeKey(0, prefix);
  const queue = `${queuePrefix(prefix)}:probe`;
  for (const key of [streams, queue]) {
    const names = await tried(missing, 'EVAL', () => redis.eval(tryScript, 1, key, ...calledInScripts), [
      `keys ${key}`,
    ]);
    for (const name of (names as string[] | undefined) ?? []) missing.add(name === 'keys' ? `keys ${key}` : name);
  }
  const channel = controlChannel(prefix);
  await tried(missing, 'EVALSHA', () => redis.evalsha('0'.repeat(40), 0));
  await tried(missing, 'PING', () => redis.ping());
  await tried(missing, 'MULTI, EXEC', () => redis.multi().exists(streams).exec());
  await tried(missing, 'BZPOPMIN', () => redis.bzpopmin(streams, 0.001));
  await tried(missing, 'XREAD', () => redis.xread('COUNT', 1, 'STREAMS', streams, '0'));
  await tried(missing, 'PUBSUB|NUMSUB', () => redis.pubsub('NUMSUB', channel));
  // No receiver treats an empty message as a signal.
  await tried(missing, 'PUBLISH', () => redis.publish(channel, '{}'), [`channels ${channel}`]);
  await tried(missing, 'SUBSCRIBE', () => trySubscribing(redis, channel), [`channels ${channel}`]);
  return [...missing];
}

async function tried(
  missing: Set<string>,
  name: string,
  call: () => Promise<unknown>,
  [rule]: readonly string[] = [],
): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (isRightMissing(error)) missing.add(rule && /access.* (key|channel)/.test(error.message) ? rule : name);
    else if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
    return undefined;
  }
}

/** Uses its own connection, because a subscribed connection can do nothing else. */
async function trySubscribing(redis: Redis, channel: string): Promise<void> {
  const own = redis.duplicate();
  own.on('error', () => undefined);
  try {
    await own.subscribe(channel);
    await own.unsubscribe(channel);
  } finally {
    own.disconnect();
  }
}
