import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Generation, PersistentViewer, startGenerations, untilEnded } from '../support/generations.ts';
import { epochOf } from '../support/run-evidence.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 100, workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

/** What the log on Redis holds of epochs up to this one. */
async function logUpTo(generation: Generation, epoch: number): Promise<string[]> {
  return (await system.evidence.logCursors(generation.workflowId)).filter((cursor) => epochOf(cursor) <= epoch);
}

describe('a worker that stands still for longer than its lease and then goes on', () => {
  it.each([
    { how: 'with Redis as it was', rounds: sized(3, 20), flush: false },
    { how: 'with Redis emptied meanwhile', rounds: sized(2, 20), flush: true },
  ])(
    'writes nothing more, neither to Redis nor to Postgres, $how',
    { timeout: faultTimeoutMs },
    async ({ rounds, flush }) => {
      let generation: Generation | null = null;
      let viewer: PersistentViewer | null = null;
      const runIds: string[] = [];
      const viewers: PersistentViewer[] = [];
      for (let round = 0; round < rounds; round++) {
        const running = generation && (await system.evidence.run(generation.runId)).status === 'RUNNING';
        if (!generation || !running) {
          [generation] = (await startGenerations(system, 1)) as [Generation];
          runIds.push(generation.runId);
          viewer = new PersistentViewer(system, generation);
          viewers.push(viewer);
        }
        const { runId, workflowId } = generation;
        const before = await until(async () => {
          const run = await system.evidence.run(runId);
          const written = (await system.evidence.logCursors(workflowId)).filter(
            (cursor) => epochOf(cursor) === run.epoch,
          );
          return run.status === 'RUNNING' && run.attemptsWithoutProgress === 0 && written.length > 3 ? run : null;
        }, 'the run has got further under its present holder');
        const old = await until(() => system.holderOf(runId), 'a worker holds the run');
        old.pause();
        await until(
          async () => (await system.evidence.run(runId)).epoch > before.epoch,
          'another worker takes the run over',
        );
        await until(
          async () => (await system.evidence.logCursors(workflowId)).some((cursor) => epochOf(cursor) > before.epoch),
          'the new holder has opened its epoch',
        );
        if (flush) await system.evidence.flushRedis();
        const log = await logUpTo(generation, before.epoch);
        old.resume();
        await until(async () => {
          const requests = await system.modelRequests();
          return (
            requests.length > 0 &&
            old.output.includes('') &&
            (await system.evidence.run(runId)).attemptsWithoutProgress === 0
          );
        }, 'the run gets further');
        expect(await logUpTo(generation, before.epoch)).toEqual(log);
      }
      const ended = await untilEnded(system, runIds);
      expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
      expect(await system.evidence.staleWrites(runIds)).toEqual([]);
      expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
      for (const each of viewers) await each.seesAll();
    },
  );
});
