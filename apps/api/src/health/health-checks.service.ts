/** Checks the API's dependencies, each within a time limit, and decides which failures make the API unfit to serve. */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { checkDatabase } from '#libs/persistence';
import { RedisHealth, type RedisState } from '#libs/stream';
import { WorkersAlive } from './workers-alive.service.js';

/** Shorter than a prober's own timeout, so that it gets a list of failures instead of a timeout. */
const checkMs = 2_000;
/** Results are reused for this long, however many clients ask. */
const keptMs = 2_000;

export interface Check {
  ok: boolean;
  /** What to do about it; absent when the check passes. */
  message?: string;
}

type CheckName = 'database' | 'migrations' | 'redis' | 'redisPolicy' | 'workers';

export interface Readiness {
  /** Whether requests can be served. Prompts are accepted as long as Postgres takes writes. */
  ready: boolean;
  /** The failed checks, by name. Empty when all pass. */
  degraded: CheckName[];
  checks: Record<CheckName, Check>;
}

/** Without these nothing can be served. Without the others prompts wait, and lists and streams are delayed. */
const needed: readonly CheckName[] = ['database', 'migrations'];

const fine: Check = { ok: true };

@Injectable()
export class HealthChecks {
  private kept: { since: number; readiness: Promise<Readiness> } | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly redis: RedisHealth,
    private readonly workers: WorkersAlive,
  ) {}

  /** At most two seconds old. Never rejects. */
  readiness(): Promise<Readiness> {
    const now = performance.now();
    if (!this.kept || now - this.kept.since > keptMs) this.kept = { since: now, readiness: this.check() };
    return this.kept.readiness;
  }

  private async check(): Promise<Readiness> {
    const away: RedisState = { reachable: false, refusal: null, evictionPolicy: null };
    const [database, redis, workers] = await Promise.all([
      withinTime(checkDatabase(this.dataSource), { reachable: false, writable: false, migrated: false }),
      withinTime(this.redis.checkRedis(), away),
      withinTime(this.workers.count(), null),
    ]);
    const checks: Readiness['checks'] = {
      database: databaseCheck(database),
      migrations: checkAfter(database.reachable, database.migrated, 'Not all migrations are applied.'),
      redis: redisCheck(redis),
      redisPolicy: checkAfter(
        redis.reachable,
        redis.evictionPolicy === null || redis.evictionPolicy === 'noeviction',
        'Redis may evict keys. Set `maxmemory-policy noeviction`: a queue must not lose jobs.',
      ),
      workers: checkAfter(
        workers !== null,
        workers !== 0,
        'No worker is alive: prompts are accepted and wait for one.',
      ),
    };
    const degraded = (Object.keys(checks) as CheckName[]).filter((name) => !checks[name].ok);
    return { ready: !degraded.some((name) => needed.includes(name)), degraded, checks };
  }
}

function databaseCheck({ reachable, writable }: { reachable: boolean; writable: boolean }): Check {
  if (!reachable) return failed('The database does not answer. Check HOLDFAST_DATABASE_URL.');
  return writable
    ? fine
    : failed('The database takes no writes: it is a standby, set to read-only, or its disk is full.');
}

/** Errors with which Redis refuses a write, and what they mean. */
const refusals: ReadonlyMap<string, string> = new Map([
  ['MISCONF', 'its disk is full or cannot be written to'],
  ['OOM', 'its memory is full'],
  ['CLUSTERDOWN', 'a part of its cluster is away'],
  ['READONLY', 'it is a replica'],
  ['NOPERM', 'its user lacks rights'],
  ['NOAUTH', 'it wants a password'],
  ['WRONGPASS', 'the password is wrong'],
  ['LOADING', 'it is loading its data'],
]);

function redisCheck({ reachable, refusal }: RedisState): Check {
  if (!reachable) return failed('Redis does not answer, or a part of its cluster does not. Check HOLDFAST_REDIS_URL.');
  if (refusal === null) return fine;
  return failed(`Redis takes no writes: ${refusals.get(refusal) ?? 'see its log'} (${refusal}).`);
}

function failed(message: string): Check {
  return { ok: false, message };
}

/** A check that is meaningless while the server it depends on is unreachable. */
function checkAfter(reachable: boolean, ok: boolean, message: string): Check {
  if (!reachable) return failed('Not known while the server does not answer.');
  return ok ? fine : failed(message);
}

async function withinTime<T>(check: Promise<T>, otherwise: T): Promise<T> {
  const safe = check.catch(() => otherwise);
  return Promise.race([safe, delay(checkMs, otherwise, { ref: false })]);
}
