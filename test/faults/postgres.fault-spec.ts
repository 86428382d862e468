import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, runIdsOf, runningOf, startGenerations, untilEnded } from '../support/generations.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const runs = sized(8, 50);
const restarts = sized(2, 10);
let postgres: PostgresServer;
let system: System;

beforeAll(async () => {
  postgres = await PostgresServer.start();
  system = await System.start({ tokensPerSecond: sized(70, 30), workers: 2, database: postgres });
});

afterAll(async () => {
  await system?.stop();
});

describe(`Postgres restarted ${restarts} times under ${runs} runs`, () => {
  it('costs a pause: all runs finish, no stored step is executed again, no subscriber misses anything', {
    timeout: faultTimeoutMs,
  }, async () => {
    const generations = await startGenerations(system, runs);
    const runIds = runIdsOf(generations);
    const subscribers = generations.slice(0, 4).map((generation) => new PersistentSubscriber(system, generation));
    let stored = 0;
    for (let restart = 0; restart < restarts; restart++) {
      // Between two restarts something must have been stored, so that each hits runs that are writing.
      await until(async () => {
        const counts = await Promise.all(
          runIds.map(async (runId) => (await system.evidence.storedSteps(runId)).length),
        );
        const now = counts.reduce((sum, count) => sum + count, 0);
        if (now < stored + runs) return false;
        stored = now;
        return true;
      }, 'the runs get further');
      expect((await runningOf(system, runIds)).length).toBeGreaterThan(0);
      await postgres.restart(restart % 2 === 0 ? 'fast' : 'crash');
    }
    const ended = await untilEnded(system, runIds, faultTimeoutMs);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    expect(await system.evidence.staleWrites(runIds)).toEqual([]);
    for (const subscriber of subscribers) await subscriber.seesAll();
  });
});
