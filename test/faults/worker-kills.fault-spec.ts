import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, runIdsOf, runningOf, startGenerations, untilEnded } from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const runs = sized(12, 50);
const kills = sized(3, 10);
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: sized(90, 60), workers: 2 });
});

afterAll(async () => {
  await system?.stop();
});

describe(`SIGKILL of ${kills} workers under ${runs} runs`, () => {
  it('ends in finished runs; no completed step is executed again, no subscriber misses anything', {
    timeout: faultTimeoutMs,
  }, async () => {
    const generations = await startGenerations(system, runs);
    const runIds = runIdsOf(generations);
    const subscribers = generations.slice(0, 4).map((generation) => new PersistentSubscriber(system, generation));
    const replacements: Promise<unknown>[] = [];
    let killed = 0;
    while (killed < kills) {
      // Only attempts without progress count against a run, so each run must have got further since the last kill.
      const victim = await until(async () => {
        const running = await runningOf(system, runIds);
        const target = running[killed % Math.max(1, running.length)];
        if (!target) throw new Error(`All runs had ended after ${killed} kills.`);
        return running.every((run) => run.attemptsWithoutProgress <= 1) ? system.holderOf(target.id) : null;
      }, 'a worker holds a run');
      await victim.kill('SIGKILL');
      killed += 1;
      replacements.push(system.addWorker());
    }
    await Promise.all(replacements);
    const ended = await untilEnded(system, runIds, faultTimeoutMs);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(Math.max(...ended.map((run) => run.attempts))).toBeGreaterThan(1);
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    expect(await system.evidence.staleWrites(runIds)).toEqual([]);
    for (const subscriber of subscribers) await subscriber.seesAll();
    const graphs = await Promise.all(generations.map(({ workflowId }) => system.api.workflow(workflowId)));
    for (const workflow of graphs) {
      // Each tool that changed the graph did so once.
      expect(workflow?.graph.nodes).toHaveLength(4);
      expect(workflow?.graph.issues.filter((issue) => issue.severity === 'ERROR')).toEqual([]);
    }
  });
});
