/**
 * What it costs that workers watch each other, and how soon they notice a death, with 1, 10 and 100 of them. The watchers
 * share one process, so that a small machine can hold a hundred; the one that dies has a process of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { cpuSecondsOf, cpuSecondsOfRedis } from '../test/support/process-usage.ts';
import { type BenchmarkRow, compare, type Subject } from './benchmark-row.ts';
import { ForkedProcess } from './forked-process.ts';
import type { Watchers } from './watchers.process.ts';

const WATCHERS = [1, 10, 100];
const DEATHS = 3;
/** Until all are registered, see each other and have settled. */
const SETTLE_MS = 2_500;
const MEASURED_S = 5;

export async function peerWatch(databaseUrl: string, redisUrl: string, redis: Redis): Promise<BenchmarkRow[]> {
  const ofRedis: Subject[] = [];
  const ofWatchers: Subject[] = [];
  const deaths: Subject[] = [];
  for (const count of WATCHERS) {
    const subject = `${count} ${count === 1 ? 'worker' : 'workers'}`;
    const samples: number[] = [];
    for (let round = 0; round < DEATHS; round += 1) {
      const setting = { databaseUrl, redisUrl, prefix: `watch-${count}-${round}` };
      const watchers = new ForkedProcess('watchers.process.ts');
      const victim = new ForkedProcess('watchers.process.ts');
      try {
        await watchers.call('start', { ...setting, count } satisfies Watchers);
        await victim.call('start', { ...setting, count: 1 } satisfies Watchers);
        await delay(SETTLE_MS);
        if (round === 0) {
          const before = [cpuSecondsOf(watchers.pid), await cpuSecondsOfRedis(redis)] as const;
          await delay(MEASURED_S * 1_000);
          const perSecond = (after: number, start: number) => ((after - start) / MEASURED_S) * 1_000;
          ofWatchers.push({ subject, samples: [perSecond(cpuSecondsOf(watchers.pid), before[0]) / count] });
          ofRedis.push({ subject, samples: [perSecond(await cpuSecondsOfRedis(redis), before[1])] });
        }
        const noticed = watchers.call<number>('death');
        const killed = performance.timeOrigin + performance.now();
        await victim.kill();
        samples.push((await noticed) - killed);
        await watchers.call('leave');
      } finally {
        await Promise.all([watchers.kill(), victim.kill()]);
      }
    }
    deaths.push({ subject, samples, note: 'SIGKILL to its record in Postgres' });
  }
  return [
    ...compare('Watching peers: a death is noticed', 'ms', deaths),
    ...compare('Watching peers: CPU of each worker, per second', 'ms', ofWatchers),
    ...compare('Watching peers: CPU of Redis, per second', 'ms', ofRedis),
  ];
}
