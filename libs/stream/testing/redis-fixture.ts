/**
 * Redis for the tests of this folder: a server of their own where they kill or empty it, a given one otherwise.
 */
import { RedisServer } from '../../../test/support/redis-server.js';

/** A server that can be killed and started again, with its data gone. */
export function forgetfulRedis(): Promise<RedisServer> {
  return RedisServer.start(['--appendonly', 'no']);
}

/** The server that the environment names, or one of our own. */
export async function anyRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.HOLDFAST_TEST_REDIS_URL;
  return url ? { url, stop: async () => undefined } : forgetfulRedis();
}
