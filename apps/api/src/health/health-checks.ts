/**
 * Asks every part that the API needs whether it works, each within a short time. Owns the time limit and the shape of
 * the answer; never repairs anything.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { checkDatabase } from '#libs/persistence';
import { RedisHealth } from '#libs/stream';

/** Shorter than the patience of whoever asks, so that the answer is a list and not a timeout. */
const checkMs = 2_000;

export interface Check {
  ok: boolean;
  /** What to do, in words; absent when all is well. */
  message?: string;
}

export interface Readiness {
  ready: boolean;
  checks: Record<'database' | 'migrations' | 'redis' | 'redisPolicy', Check>;
}

const fine: Check = { ok: true };

@Injectable()
export class HealthChecks {
  constructor(
    private readonly dataSource: DataSource,
    private readonly redis: RedisHealth,
  ) {}

  /** Never rejects. */
  async readiness(): Promise<Readiness> {
    const [database, redis] = await Promise.all([
      withinTime(checkDatabase(this.dataSource), { reachable: false, migrated: false }),
      withinTime(this.redis.checkRedis(), { reachable: false, noeviction: false }),
    ]);
    const checks: Readiness['checks'] = {
      database: database.reachable ? fine : failed('The database does not answer. Check HOLDFAST_DATABASE_URL.'),
      migrations: checkAfter(database.reachable, database.migrated, 'Not all migrations are applied.'),
      redis: redis.reachable ? fine : failed('Redis does not answer. Check HOLDFAST_REDIS_URL.'),
      redisPolicy: checkAfter(
        redis.reachable,
        redis.noeviction,
        'Redis may evict keys. Set `maxmemory-policy noeviction`: a queue must not lose jobs.',
      ),
    };
    return { ready: Object.values(checks).every((check) => check.ok), checks };
  }
}

function failed(message: string): Check {
  return { ok: false, message };
}

/** A check that means nothing while the server that it asks is away. */
function checkAfter(reachable: boolean, ok: boolean, message: string): Check {
  if (!reachable) return failed('Not known while the server does not answer.');
  return ok ? fine : failed(message);
}

async function withinTime<T>(check: Promise<T>, otherwise: T): Promise<T> {
  const safe = check.catch(() => otherwise);
  return Promise.race([safe, delay(checkMs, otherwise, { ref: false })]);
}
