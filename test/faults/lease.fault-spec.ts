import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistentSubscriber, uniquePrompt, untilEnded } from '../support/generations.ts';
import type { RunRow } from '../support/run-evidence.ts';
import { sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 60, workers: 2, links: true });
});

afterAll(async () => {
  await system?.stop();
});

async function closedUpstream(): Promise<number> {
  return (await system.modelRequests()).filter((request) => request.outcome === 'aborted-by-client').length;
}

/** What the stored message and its cursor say about who wrote last. */
async function cursorEpochOf(workflowId: string): Promise<number> {
  const workflow = await system.api.workflow(workflowId);
  return Number(/(\d+)-\d+/.exec(workflow?.cursor ?? '')?.[1]);
}

describe('a worker that is cut off from Redis and runs on', () => {
  it('stops writing and closes its call of the model when another has taken its run over', async () => {
    const generation = await system.api.start(uniquePrompt('[[sim: text=900]]'));
    const subscriber = new PersistentSubscriber(system, generation);
    await subscriber.until(
      () => subscriber.events.some((event) => event.__typename === 'MessageChunks'),
      'text arrives',
    );
    const before = await system.evidence.run(generation.runId);
    const old = await until(() => system.holderOf(generation.runId), 'a worker holds the run');

    // The others see its presence end, and it cannot learn from Redis what they make of that.
    system.linkOf(old).cut();
    const after = await until<RunRow | null>(async () => {
      const run = await system.evidence.run(generation.runId);
      return run.epoch > before.epoch ? run : null;
    }, 'another worker takes the run over');
    await until(async () => (await closedUpstream()) > 0, 'the model sees its connection close', sized(20_000, 1_000));
    expect(await cursorEpochOf(generation.workflowId)).toBe(after.epoch);
    expect(await system.evidence.losses(generation.runId)).toEqual(['CUT_OFF']);

    const [ended] = await untilEnded(system, [generation.runId]);
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(await system.evidence.staleWrites([generation.runId])).toEqual([]);
    expect(await system.evidence.redoneSteps([generation.runId], await system.modelRequests())).toEqual([]);
    await subscriber.seesAll();

    // It is as good as new once it reaches Redis again.
    system.linkOf(old).mend();
    expect(old.running).toBe(true);
    const other = system.workers.find((worker) => worker !== old);
    await other?.kill('SIGTERM');
    const next = await system.api.start(uniquePrompt());
    expect(await untilEnded(system, [next.runId])).toMatchObject([{ status: 'SUCCEEDED' }]);
  });
});
