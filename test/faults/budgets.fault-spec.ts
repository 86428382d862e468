import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Generation,
  PersistentSubscriber,
  runIdsOf,
  startGenerations,
  untilEnded,
} from '../support/generations.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const kills = 6;
let system: System;
let working: Generation;
let crashing: Generation;
let subscriber: PersistentSubscriber;
let subscriberOfCrashing: PersistentSubscriber;

/**
 * One worker at a time, so that a kill hits both runs: one gets further between the kills, the other never does, because
 * its model says nothing.
 */
beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 30, workers: 1 });
  [[working], [crashing]] = (await Promise.all([
    startGenerations(system, 1),
    startGenerations(system, 1, '[[sim: silent times=100]]'),
  ])) as [[Generation], [Generation]];
  subscriber = new PersistentSubscriber(system, working);
  subscriberOfCrashing = new PersistentSubscriber(system, crashing);
  let storedAtLastKill = 0;
  let kill = 0;
  let isOver = false;
  while (kill < kills || !isOver) {
    const next = await until(
      async () => {
        const [one, other] = await Promise.all([working, crashing].map(({ runId }) => system.evidence.run(runId)));
        if (!one || !other) return null;
        isOver = other.status === 'FAILED';
        if (isOver && kill === kills) return { victim: null, hitsWorking: false };
        // In its last attempt it is executed alone, before the other or after it.
        if (other.status === 'RUNNING' && other.attemptsWithoutProgress === 3) {
          return { victim: await system.holderOf(crashing.runId), hitsWorking: false };
        }
        if (kill === kills) return null;
        if (one.status === 'SUCCEEDED') throw new Error(`The run was over after ${kill} kills.`);
        const stored = (await system.evidence.storedSteps(working.runId)).length;
        const hasProgress = one.attemptsWithoutProgress === 0 && stored > storedAtLastKill;
        const waitsToBeAlone = other.status === 'QUEUED' && other.attemptsWithoutProgress === 2;
        if (!hasProgress || !(isOver || waitsToBeAlone || other.attempts > kill)) return null;
        storedAtLastKill = stored;
        return { victim: await system.holderOf(working.runId), hitsWorking: true };
      },
      `progress before kill ${kill + 1}`,
      60_000,
    );
    if (!next.victim) continue;
    await Promise.all([next.victim.kill('SIGKILL'), system.addWorker()]);
    if (next.hitsWorking) kill += 1;
  }
  await untilEnded(system, runIdsOf([working, crashing]));
}, 300_000);

afterAll(async () => {
  await system?.stop();
});

describe(`a worker that dies ${kills} times`, () => {
  it('does not fail a run that gets further each time, and repeats none of its steps', async () => {
    const run = await system.evidence.run(working.runId);
    expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(run.attempts).toBe(kills + 1);
    expect(await system.evidence.losses(working.runId)).toEqual(Array.from({ length: kills }, () => 'KILLED'));
    expect(await system.evidence.redoneSteps([working.runId], await system.modelRequests())).toEqual([]);
    await subscriber.seesAll();
  });

  it('fails a run that gets no further as ATTEMPTS_EXHAUSTED after three attempts in a row, and tells its subscribers', async () => {
    const run = await system.evidence.run(crashing.runId);
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'ATTEMPTS_EXHAUSTED' } });
    // Three got nowhere, and the last claim found the budget used up. The first may have stored what it read.
    expect(run.attempts).toBeGreaterThanOrEqual(3 + 1);
    expect(run.attemptsWithoutProgress).toBeGreaterThan(3);
    const history = await system.evidence.history(crashing.runId);
    expect(history.slice(history.lastIndexOf('run_taken_over'))).not.toContain('step_started');
    await subscriberOfCrashing.seesAll();
    expect((await system.api.workflow(crashing.workflowId))?.promptLock).toBeNull();
  });
});
