/**
 * Whether Redis can do its work. Owns the question; changes no setting.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

export interface RedisState {
  reachable: boolean;
  /** Whether Redis refuses writes rather than evicting keys when its memory is full. False while it is not reachable. */
  noeviction: boolean;
}

const answerWithinMs = 1_000;

export class RedisHealth {
  constructor(private readonly command: Redis) {}

  /** Answers within a second. Never rejects. */
  async checkRedis(): Promise<RedisState> {
    const stop = new AbortController();
    try {
      const memory = await Promise.race([
        this.command.info('memory'),
        delay(answerWithinMs, null, { signal: stop.signal }),
      ]);
      if (memory === null) return { reachable: false, noeviction: false };
      return { reachable: true, noeviction: /^maxmemory_policy:noeviction\r?$/m.test(memory) };
    } catch {
      return { reachable: false, noeviction: false };
    } finally {
      stop.abort();
    }
  }
}
