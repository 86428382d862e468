import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Generation, PersistentSubscriber, uniquePrompt } from '../support/generations.ts';
import { sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 40, workers: 1, links: true });
});

afterEach(() => {
  system.links.catalog.mend();
});

afterAll(async () => {
  await system?.stop();
});

async function start(directives = ''): Promise<{ generation: Generation; subscriber: PersistentSubscriber }> {
  const generation = await system.api.start(uniquePrompt(directives));
  return { generation, subscriber: new PersistentSubscriber(system, generation) };
}

/** Cancels, and checks that everyone sees one and the same end, and that it stays. */
async function cancelAndCheck({
  generation,
  subscriber,
}: {
  generation: Generation;
  subscriber: PersistentSubscriber;
}) {
  const { run, userErrors } = await system.api.cancelRun(generation.runId);
  expect(userErrors).toEqual([]);
  expect(run?.status).toBe('CANCELED');
  const second = new PersistentSubscriber(system, generation);
  const end = { runStatus: 'CANCELED', status: 'IDLE' };
  await subscriber.until(
    () => subscriber.terminalEvents(generation.runId).length > 0,
    'the subscriber is told of the end',
  );
  expect(subscriber.terminalEvents(generation.runId)).toMatchObject([end]);
  await subscriber.seesAll();
  await second.seesAll();
  expect(await system.evidence.logEnds(generation.workflowId)).toMatchObject([{ ...end, runId: generation.runId }]);
  const workflow = await system.api.workflow(generation.workflowId);
  expect(workflow).toMatchObject({ status: 'IDLE', promptLock: null, activeRun: null });
  expect(workflow?.messages.at(-1)?.complete).toBe(true);
  expect((await system.evidence.run(generation.runId)).status).toBe('CANCELED');
}

async function closedUpstream(): Promise<number> {
  return (await system.modelRequests()).filter((request) => request.outcome === 'aborted-by-client').length;
}

describe('a run that is canceled', () => {
  it('while it is queued is never worked on', async () => {
    const [worker] = system.workers.splice(0);
    await worker?.kill('SIGTERM');
    const started = await start();
    await system.api.cancelRun(started.generation.runId);
    await system.addWorker();
    await started.subscriber.seesAll();
    expect(await system.evidence.run(started.generation.runId)).toMatchObject({ status: 'CANCELED', attempts: 0 });
    expect(await system.evidence.storedSteps(started.generation.runId)).toEqual([]);
  });

  it('inside a model call closes the connection to the model', async () => {
    const started = await start('[[sim: text=5000]]');
    await started.subscriber.until(
      () => started.subscriber.events.some((event) => event.__typename === 'MessageChunks'),
      'text arrives',
    );
    const before = await closedUpstream();
    await system.api.cancelRun(started.generation.runId);
    await until(
      async () => (await closedUpstream()) > before,
      'the model sees its connection close',
      sized(20_000, 2_000),
    );
    await cancelAndCheckEnd(started);
  });

  it('inside a tool leaves the tool', async () => {
    system.links.catalog.stall();
    const started = await start();
    await started.subscriber.until(
      () =>
        started.subscriber.events.some((event) => {
          const { step } = event as { step?: { kind: string; status: string } };
          return step?.kind === 'TOOL_CALL' && step.status === 'RUNNING';
        }),
      'a tool runs',
    );
    const before = await until(() => system.links.catalog.connections, 'the tool sends its request');
    await cancelAndCheck(started);
    await until(() => system.links.catalog.connections < before, 'the tool closes its request');
  });

  it('while it completes is canceled as a whole', async () => {
    const started = await start('[[sim: silent call=title]]');
    await started.subscriber.until(
      () => started.subscriber.events.some((event) => event.runStatus === 'COMPLETING'),
      'the run completes',
    );
    await cancelAndCheck(started);
  });

  it('while Redis is unreachable is canceled all the same', async () => {
    const started = await start('[[sim: text=5000]]');
    await started.subscriber.until(
      () => started.subscriber.events.some((event) => event.__typename === 'MessageChunks'),
      'text arrives',
    );
    const before = await closedUpstream();
    system.links.apiRedis.cut();
    const { run } = await system.api.cancelRun(started.generation.runId);
    expect(run?.status).toBe('CANCELED');
    // Without the signal it is the next look at its claim that tells the worker.
    await until(async () => (await closedUpstream()) > before, 'the model sees its connection close');
    system.links.apiRedis.mend();
    await cancelAndCheckEnd(started);
  });
});

async function cancelAndCheckEnd(started: { generation: Generation; subscriber: PersistentSubscriber }): Promise<void> {
  const { subscriber, generation } = started;
  await subscriber.until(
    () => subscriber.terminalEvents(generation.runId).length > 0,
    'the subscriber is told of the end',
  );
  await subscriber.seesAll();
  expect(subscriber.terminalEvents(generation.runId)).toMatchObject([{ runStatus: 'CANCELED' }]);
  expect(await system.evidence.logEnds(generation.workflowId)).toHaveLength(1);
  const workflow = await system.api.workflow(started.generation.workflowId);
  expect(workflow).toMatchObject({ status: 'IDLE', promptLock: null, activeRun: null });
  expect(workflow?.messages.at(-1)?.complete).toBe(true);
}
