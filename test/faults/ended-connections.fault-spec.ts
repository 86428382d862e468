import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, runIdsOf, runningOf, startGenerations, untilEnded } from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const runs = sized(6, 40);
const rounds = sized(10, 60);
let system: System;
let admin: pg.Client;
let redis: Redis;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: sized(70, 30), workers: 2 });
  admin = new pg.Client({ connectionString: system.database.url });
  await admin.connect();
  redis = new Redis(system.redis.url);
});

afterAll(async () => {
  redis?.disconnect();
  await admin?.end();
  await system?.stop();
});

async function endSessionsOfApps(): Promise<number> {
  const { rows } = await admin.query<{ ended: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'holdfast-%'`,
  );
  return rows[0]?.ended ?? 0;
}

/** Every connection but the one that asks: those that give commands, that listen, and that wait for jobs. */
async function endConnectionsToRedis(): Promise<number> {
  return Number(await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes'));
}

describe(`servers that end every connection ${rounds} times under ${runs} runs`, () => {
  it('end no process of ours: all runs finish, no subscriber misses anything', {
    timeout: faultTimeoutMs,
  }, async () => {
    const generations = await startGenerations(system, runs);
    const runIds = runIdsOf(generations);
    const subscribers = generations.slice(0, 4).map((generation) => new PersistentSubscriber(system, generation));
    let storedAtLastRound = 0;
    let sessions = 0;
    let connections = 0;
    for (let round = 0; round < rounds; round++) {
      // Something was stored since the last round, so each hits connections that are in use again.
      await until(async () => {
        const counts = await Promise.all(
          runIds.map(async (runId) => (await system.evidence.storedSteps(runId)).length),
        );
        const stored = counts.reduce((sum, count) => sum + count, 0);
        if (stored <= storedAtLastRound) return false;
        storedAtLastRound = stored;
        return true;
      }, 'a run gets further');
      sessions += await endSessionsOfApps();
      connections += await endConnectionsToRedis();
      if ((await runningOf(system, runIds)).length === 0) break;
    }
    expect(sessions).toBeGreaterThan(rounds);
    expect(connections).toBeGreaterThan(rounds);
    const ended = await untilEnded(system, runIds, faultTimeoutMs);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    for (const process of [system.apiProcess, ...system.workers]) expect(process.running).toBe(true);
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    for (const subscriber of subscribers) await subscriber.seesAll();
  });
});
