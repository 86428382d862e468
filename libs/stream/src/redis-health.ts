/**
 * Checks that Redis can do its work: it accepts writes, evicts nothing, and lets our user call what is needed. Changes no
 * setting.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isRightMissing, nodesOf } from './redis-connection.js';
import { missingRights } from './redis-rights.js';
import { probeKey } from './stream.keys.js';

export interface RedisState {
  reachable: boolean;
  /** Why Redis refuses writes: the first word of its error, such as MISCONF. Null when it accepts them. */
  refusal: string | null;
  /** What Redis does when its memory is full; null when it may not be asked or is away. */
  evictionPolicy: string | null;
}

export interface StartReport {
  /** Why the application must not start with this Redis, in words. */
  refusals: string[];
  warnings: string[];
}

/** Longer than a cluster takes to report that slots are not served; shorter than a caller is willing to wait. */
const answerWithinMs = 1_500;
/** Longer at start-up, which is not urgent. */
const startWithinMs = 5_000;
/** The number of keys tried per master of a cluster, so that each master very likely gets one. */
const probesPerMaster = 8;
const maxProbes = 256;
const probeLifeMs = 60_000;

const away: RedisState = { reachable: false, refusal: null, evictionPolicy: null };

export class RedisHealth {
  constructor(
    private readonly command: Redis,
    private readonly prefix = '',
  ) {}

  /** Tries a write. Answers within two seconds. Never rejects. */
  checkRedis(): Promise<RedisState> {
    return inTime(this.state(), answerWithinMs, away);
  }

  /** What must be known before the application starts; null while Redis is away. Answers within seconds; never rejects. */
  checkAtStart(): Promise<StartReport | null> {
    return inTime<StartReport | null>(this.startReport(), startWithinMs, null);
  }

  private async state(): Promise<RedisState> {
    const [refusal, evictionPolicy] = await Promise.all([this.tryWrites(), this.evictionPolicy()]);
    return { reachable: true, refusal, evictionPolicy };
  }

  /** Rejects when Redis does not answer. */
  private async tryWrites(): Promise<string | null> {
    const masters = Math.max(1, (await nodesOf(this.command, 'master')).length);
    const count = masters === 1 ? 1 : Math.min(maxProbes, masters * probesPerMaster);
    const writes = Array.from({ length: count }, async (_, number) => {
      try {
        await this.command.set(probeKey(number, this.prefix), '1', 'PX', probeLifeMs);
        return null;
      } catch (error) {
        if (error instanceof Error && error.name === 'ReplyError') return /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
        throw error;
      }
    });
    return (await Promise.all(writes)).find((refusal) => refusal !== null) ?? null;
  }

  /** Of all masters: the first policy that is not `noeviction`, if there is one. Rejects when Redis does not answer. */
  private async evictionPolicy(): Promise<string | null> {
    const policies = await Promise.all((await nodesOf(this.command, 'master')).map(policyOf));
    return policies.find((policy) => policy !== 'noeviction' && policy !== null) ?? policies[0] ?? null;
  }

  private async startReport(): Promise<StartReport> {
    const missing = await missingRights(this.command, this.prefix);
    if (missing.length > 0) {
      return {
        refusals: [
          `The user of HOLDFAST_REDIS_URL lacks rights in Redis: ${missing.join(', ')}. ` +
            'docs/redis.md has the ACL line that grants what is needed.',
        ],
        warnings: [],
      };
    }
    const policy = await this.evictionPolicy();
    if (policy === 'noeviction') return { refusals: [], warnings: [] };
    if (policy === null) {
      const warning =
        'The eviction policy of Redis may not be read. It has to be noeviction: anything else may drop jobs and streams.';
      return { refusals: [], warnings: [warning] };
    }
    return {
      refusals: [
        `Redis has the eviction policy "${policy}", so it may drop jobs and streams when its memory is full. ` +
          'Set it to noeviction:  redis-cli CONFIG SET maxmemory-policy noeviction   (and in its redis.conf)',
      ],
      warnings: [],
    };
  }
}

async function policyOf(node: Redis): Promise<string | null> {
  try {
    return /^maxmemory_policy:(\S+)/m.exec(String(await node.call('INFO', 'memory')))?.[1] ?? null;
  } catch (error) {
    if (isRightMissing(error)) return null;
    throw error;
  }
}

async function inTime<T>(answer: Promise<T>, ms: number, otherwise: T): Promise<T> {
  const stop = new AbortController();
  const safe = answer.catch(() => otherwise);
  try {
    return await Promise.race([safe, delay(ms, otherwise, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}
