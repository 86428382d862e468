import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Generation, PersistentViewer, runIdsOf, startGenerations, untilEnded } from '../support/generations.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const kills = 6;
let system: System;
let working: Generation;
let crashing: Generation;
let viewer: PersistentViewer;
let viewerOfCrashing: PersistentViewer;

/**
 * One worker at a time, so that every kill hits both runs: one gets further between the kills, the other never does,
 * because its model says nothing.
 */
beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 30, workers: 1 });
  [[working], [crashing]] = (await Promise.all([
    startGenerations(system, 1),
    startGenerations(system, 1, '[[sim: silent times=100]]'),
  ])) as [[Generation], [Generation]];
  viewer = new PersistentViewer(system, working);
  viewerOfCrashing = new PersistentViewer(system, crashing);
  let storedAtLastKill = 0;
  for (let kill = 0; kill < kills; kill++) {
    const victim = await until(
      async () => {
        const [one, other] = await Promise.all([working, crashing].map(({ runId }) => system.evidence.run(runId)));
        if (one?.status === 'SUCCEEDED') throw new Error(`The run was over after ${kill} kills.`);
        const stored = (await system.evidence.storedSteps(working.runId)).length;
        const hasProgress = one?.attemptsWithoutProgress === 0 && stored > storedAtLastKill;
        const isHit = other?.status === 'FAILED' || (other?.attempts ?? 0) > Math.min(kill, 3);
        if (!hasProgress || !isHit) return null;
        storedAtLastKill = stored;
        return system.holderOf(working.runId);
      },
      `progress before kill ${kill + 1}`,
    );
    await Promise.all([victim.kill('SIGKILL'), system.addWorker()]);
  }
  await untilEnded(system, runIdsOf([working, crashing]));
}, 120_000);

afterAll(async () => {
  await system?.stop();
});

describe(`a worker that dies ${kills} times`, () => {
  it('does not fail a run that gets further each time, and repeats none of its steps', async () => {
    const run = await system.evidence.run(working.runId);
    expect(run).toMatchObject({ status: 'SUCCEEDED', error: null });
    // One that was given back, because its lease could not be renewed in time, comes on top.
    expect(run.attempts).toBeGreaterThanOrEqual(kills + 1);
    expect(await system.evidence.redoneSteps([working.runId], await system.modelRequests())).toEqual([]);
    await viewer.seesAll();
  });

  it('fails a run that gets no further as ATTEMPTS_EXHAUSTED after three attempts in a row, and tells its viewers', async () => {
    const run = await system.evidence.run(crashing.runId);
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'ATTEMPTS_EXHAUSTED' } });
    // The first attempt stored what it read, three got nowhere, and the last claim found the budget used up. One that
    // was given back, because its lease could not be renewed in time, is not counted.
    expect(run.attempts).toBeGreaterThanOrEqual(1 + 3 + 1);
    expect(run.attemptsWithoutProgress).toBeGreaterThan(3);
    const history = await system.evidence.history(crashing.runId);
    expect(history.slice(history.lastIndexOf('run_taken_over'))).not.toContain('step_started');
    await viewerOfCrashing.seesAll();
    expect((await system.api.workflow(crashing.workflowId))?.promptLock).toBeNull();
  });
});
