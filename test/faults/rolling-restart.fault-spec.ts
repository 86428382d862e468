import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentViewer, runIdsOf, runningOf, startGenerations, untilEnded } from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const runs = sized(8, 30);
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: sized(45, 30), workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

describe(`a rolling restart of everything with ${runs} runs in flight`, () => {
  it('hands every run back: none stalls, none loses an attempt, and no viewer has a gap', {
    timeout: faultTimeoutMs,
  }, async () => {
    const generations = await startGenerations(system, runs);
    const runIds = runIdsOf(generations);
    const viewers = generations.map((generation) => new PersistentViewer(system, generation));
    await until(
      async () => (await system.evidence.runs(runIds)).every((run) => run.status === 'RUNNING'),
      'all runs are under way',
    );
    // First in, first out, as an orchestrator does it: the new one is ready before the old one is asked to go.
    for (const old of [...system.workers]) {
      await system.addWorker();
      await old.kill('SIGTERM');
    }
    await system.apiProcess.kill('SIGTERM');
    await system.apiProcess.start();
    await system.apiIsReady();
    expect((await runningOf(system, runIds)).length).toBeGreaterThan(0);

    const ended = await untilEnded(system, runIds, faultTimeoutMs);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(Math.max(...ended.map((run) => run.attempts))).toBeGreaterThan(1);
    for (const runId of runIds) {
      const history = await system.evidence.history(runId);
      // Whoever takes a run over without its having been handed back has waited for a lease to run out.
      const takenOver = history.flatMap((type, index) => (type === 'run_taken_over' ? [history[index - 1]] : []));
      expect(takenOver.filter((before) => before !== 'run_released')).toEqual([]);
    }
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    for (const viewer of viewers) await viewer.seesAll();
  });
});
