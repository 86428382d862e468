import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { PersistentSubscriber, runIdsOf, startGenerations, uniquePrompt, untilEnded } from '../support/generations.ts';
import { HOUR_MS, jump, shiftedClock } from '../support/shifted-clock.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

/** Jobs that BullMQ holds back until a point in time. */
async function delayedJobs(): Promise<number> {
  const queue = new Queue('runs', { connection: { url: system.redis.url } });
  try {
    return await queue.getDelayedCount();
  } finally {
    await queue.close();
  }
}

async function ids(document: string): Promise<string[]> {
  const { list } = await system.api.data<{ list: { nodes: { id: string }[] } }>(document);
  return list.nodes.map((node) => node.id);
}

const workflowIds = () => ids('{ list: workflows(first: 10) { nodes { id } } }');
const runIds = () => ids('{ list: runs(first: 10) { nodes { id } } }');

describe('processes whose clocks are an hour off', () => {
  beforeAll(async () => {
    system = await System.start({
      tokensPerSecond: 60,
      workers: 0,
      // The api's clock is ahead at first and behind later.
      apiEnvironment: shiftedClock(HOUR_MS, -2 * HOUR_MS),
    });
  });

  afterAll(async () => {
    await system?.stop();
  });

  it.each([HOUR_MS, -HOUR_MS])(
    'pause between two tries for as long as they are told, by a clock %d ms off',
    async (ms) => {
      const off = await system.addWorker(shiftedClock(ms));
      const generation = await system.api.start(uniquePrompt('[[sim: status=429 retry-after-ms=4000]]'));
      const subscriber = new PersistentSubscriber(system, generation);
      await until(
        async () => (await system.evidence.history(generation.runId)).includes('step_retrying'),
        'a try failed',
      );
      await off.kill('SIGKILL');
      const healthy = await system.addWorker();
      const [run] = await untilEnded(system, [generation.runId]);
      expect(run?.status).toBe('SUCCEEDED');
      expect(await system.evidence.staleWrites([generation.runId])).toEqual([]);
      await subscriber.seesAll();
      expect(await delayedJobs()).toBe(0);
      await healthy.stop();
    },
  );

  it('keep workflows and runs in the order in which they came, across a jump of the api', async () => {
    const first = await system.api.start(uniquePrompt());
    await jump(system.apiProcess);
    const second = await system.api.start(uniquePrompt());
    expect((await workflowIds()).slice(0, 2)).toEqual([second.workflowId, first.workflowId]);
    expect((await runIds()).slice(0, 2)).toEqual([second.runId, first.runId]);
    const worker = await system.addWorker();
    await untilEnded(system, [first.runId, second.runId]);
    await worker.stop();
  });

  it('share generations, sleeps and a jump without losing one', async () => {
    const [ahead] = await Promise.all([
      system.addWorker(shiftedClock(HOUR_MS, -2 * HOUR_MS)),
      system.addWorker(shiftedClock(-HOUR_MS)),
    ]);
    const body = JSON.stringify({ checkInAfterSeconds: 6 });
    await fetch(`${system.simulatorUrl}/airline/conditions`, { method: 'PUT', body });
    const flights = await Promise.all(
      [1, 2].map(() => AgentRun.start(system, 'flight-booking', 'Book a flight from Berlin to Lisbon on Friday for 2')),
    );
    const generations = await startGenerations(system, 6);
    const subscribers = [...generations, ...flights].map((generation) => new PersistentSubscriber(system, generation));
    for (const flight of flights) await flight.resolve(await flight.waitsAt(1), { approved: true });
    await jump(ahead);
    const runs = await untilEnded(system, runIdsOf([...generations, ...flights]));
    expect(runs.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(await system.evidence.redoneSteps(runIdsOf(generations), await system.modelRequests())).toEqual([]);
    expect(await delayedJobs()).toBe(0);
    for (const subscriber of subscribers) await subscriber.seesAll();
  });
});
