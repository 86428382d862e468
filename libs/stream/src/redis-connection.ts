/**
 * Connections to Redis: how each role waits, retries and gives up. Owns their options; never sends a command of its own.
 */
import { Redis, type RedisOptions } from 'ioredis';

/**
 * `command`: asks and answers; a command fails after a bounded time while Redis is away, and its caller decides.
 * `subscriber`: only listens, by way of `ChannelSubscriptions`, which subscribes again; waits for Redis for ever.
 */
export type RedisRole = 'command' | 'subscriber';

/**
 * Told once when a connection fails and once when it works again, however many attempts lie between; and, with both `connected`
 * and `error`, of the first command that Redis refuses on it.
 */
export type ConnectionListener = (state: { name: string; connected: boolean; error: Error | null }) => void;

/** Longer than any script takes; shorter than the patience of a worker whose Redis hangs. */
const commandTimeoutMs = 5_000;
const connectTimeoutMs = 3_000;
const reconnectMaxMs = 1_000;

const optionsByRole: Record<RedisRole, RedisOptions> = {
  command: { maxRetriesPerRequest: 1, commandTimeout: commandTimeoutMs },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: false },
};

/**
 * A connection that opens with its first command and reconnects for ever, with jitter. `name` shows in `CLIENT LIST`.
 * It never emits an unhandled `error`.
 */
export function createRedis(url: string, name: string, role: RedisRole, onChange?: ConnectionListener): Redis {
  const redis = new Redis(url, {
    ...optionsByRole[role],
    connectionName: `holdfast:${name}`,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    retryStrategy: (attempt) => Math.min(reconnectMaxMs, 25 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
  });
  let failing = false;
  let refused = false;
  redis.on('error', (error: Error) => {
    // A command that was refused says nothing about the connection, which works.
    if (error.name === 'ReplyError') {
      if (!refused) onChange?.({ name, connected: redis.status === 'ready', error });
      refused = true;
      return;
    }
    if (!failing) onChange?.({ name, connected: false, error });
    failing = true;
  });
  redis.on('ready', () => {
    if (failing) onChange?.({ name, connected: true, error: null });
    failing = false;
    refused = false;
  });
  return redis;
}

/** Ends a connection for good: politely when it works, at once when it does not. Never rejects. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') {
    redis.disconnect();
    return;
  }
  try {
    await redis.quit();
  } catch {
    redis.disconnect();
  }
}
