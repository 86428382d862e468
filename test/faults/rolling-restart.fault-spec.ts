import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, runIdsOf, startGenerations, untilEnded } from '../support/generations.ts';
import { faultTimeoutMs, isLongRun, sized } from '../support/sizes.ts';
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
  it('hands runs back instead of dropping them: all finish, no step is repeated, no subscriber has a gap', {
    timeout: faultTimeoutMs,
  }, async () => {
    const generations = await startGenerations(system, runs, '[[sim: text=1000]]');
    const runIds = runIdsOf(generations);
    const subscribers = generations.map((generation) => new PersistentSubscriber(system, generation));
    await until(
      async () => (await system.evidence.runs(runIds)).every((run) => run.status === 'RUNNING'),
      'all runs are under way',
    );
    // As an orchestrator does it: the new ones are ready before the old ones are asked to go, one after another.
    const old = [...system.workers];
    await Promise.all(old.map(() => system.addWorker()));
    for (const worker of old) await worker.kill('SIGTERM');
    await system.apiProcess.kill('SIGTERM');
    await system.apiProcess.start();
    await system.apiIsReady();

    const ended = await untilEnded(system, runIds, faultTimeoutMs);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(Math.max(...ended.map((run) => run.attempts))).toBeGreaterThan(1);
    for (const worker of old) expect(worker.output).not.toContain('did not hand themselves back in time');
    const histories = await Promise.all(runIds.map((runId) => system.evidence.history(runId)));
    expect(histories.filter((history) => history.includes('run_released')).length).toBeGreaterThan(0);
    // Whoever takes a run over that was not handed back has waited for a lease to run out. A machine that is overloaded
    // can let one run out by itself, so only the long version, which wants a quiet machine, insists on it.
    const waited = histories.flatMap((history) =>
      history.filter((type, index) => type === 'run_taken_over' && history[index - 1] !== 'run_released'),
    );
    if (isLongRun) expect(waited).toEqual([]);
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    for (const subscriber of subscribers) await subscriber.seesAll();
  });
});
