import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Generation,
  PersistentSubscriber,
  runIdsOf,
  startGenerations,
  uniquePrompt,
  untilEnded,
} from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 90, workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

/** Runs with subscribers, each of which has stored a step and is in the middle of another. */
async function runsUnderWay(
  count: number,
): Promise<{ generations: Generation[]; subscribers: PersistentSubscriber[] }> {
  const generations = await startGenerations(system, count);
  const subscribers = generations.map((generation) => new PersistentSubscriber(system, generation));
  await until(async () => {
    const stored = await Promise.all(runIdsOf(generations).map((runId) => system.evidence.storedSteps(runId)));
    return stored.every((steps) => steps.some((step) => step.kind === 'MODEL_CALL'));
  }, 'every run has stored a model call');
  return { generations, subscribers };
}

async function expectWholeRuns(runIds: string[], subscribers: PersistentSubscriber[]): Promise<void> {
  const ended = await untilEnded(system, runIds);
  expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
  expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
  expect(await system.evidence.staleWrites(runIds)).toEqual([]);
  for (const subscriber of subscribers) await subscriber.seesAll();
}

describe('Redis', () => {
  it.each([
    { what: 'killed and started again from its log', lost: 0 },
    { what: 'killed and started again from a log with a torn end', lost: 20_000 },
  ])('$what costs no result and leaves no gap', async ({ lost }) => {
    const { generations, subscribers } = await runsUnderWay(3);
    await system.redis.kill('SIGKILL');
    if (lost > 0) expect(await system.redis.truncateLog(lost)).toBeGreaterThan(lost);
    await system.redis.start();
    await expectWholeRuns(runIdsOf(generations), subscribers);
  });

  it('emptied in the middle of runs costs no result and leaves no gap', async () => {
    const { generations, subscribers } = await runsUnderWay(3);
    await system.evidence.flushRedis();
    await expectWholeRuns(runIdsOf(generations), subscribers);
  });

  it('away for long holds runs up, fails none, and prompts are still accepted', {
    timeout: faultTimeoutMs,
  }, async () => {
    const { generations, subscribers } = await runsUnderWay(2);
    await system.redis.kill('SIGKILL');
    const downUntil = Date.now() + sized(8_000, 40_000);
    const submitted = await system.api.submitPrompt({ prompt: uniquePrompt() });
    expect(submitted.userErrors).toEqual([]);
    expect(submitted.run?.status).toBe('QUEUED');
    const late: Generation = { workflowId: submitted.workflow?.id ?? '', runId: submitted.run?.id ?? '' };
    const runIds = [...runIdsOf(generations), late.runId];
    await until(
      async () => {
        // Nothing may fail meanwhile.
        expect((await system.evidence.runs(runIds)).filter((run) => run.status === 'FAILED')).toEqual([]);
        return Date.now() >= downUntil;
      },
      'Redis was away for long enough',
      sized(20_000, 60_000),
    );
    await system.redis.start();
    await expectWholeRuns(runIds, [...subscribers, new PersistentSubscriber(system, late)]);
  });
});
