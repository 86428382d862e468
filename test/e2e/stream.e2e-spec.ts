import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { assertDelivered } from '../support/delivery-check.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

const prompt = 'When a Stripe payment fails, tell #billing in Slack and email the CFO.';
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0, links: true });
});

afterEach(() => system.links.provider.mend());

afterAll(async () => {
  await system?.stop();
});

/** Lets the model answer once the subscriber stands behind the start of the run, so that no snapshot shows more than that. */
async function answerWhenFollowed(subscriber: TestSubscriber): Promise<void> {
  const shownRunning = () =>
    subscriber.events.some(({ runStatus, workflow }) => (runStatus ?? workflow?.latestRun?.status) === 'RUNNING');
  await subscriber.until(shownRunning, 'the subscriber follows the run');
  system.links.provider.mend();
}

describe('a subscriber of a generation', () => {
  it('who was there from the start sees all of it, once, in order', async () => {
    system.links.provider.stall();
    const { workflowId, runId } = await system.api.start(`[[sim: tps=400]] ${prompt}`);
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    await answerWhenFollowed(subscriber);
    await subscriber.sawEndOf(runId);
    expect(subscriber.terminalEvents(runId)).toHaveLength(1);
    expect(subscriber.events.at(-1)).toMatchObject({ __typename: 'StatusChanged', terminal: true, status: 'IDLE' });
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });

  it('who was there before the first chunk follows the run to its end, and is told of it by an event', async () => {
    const [worker] = system.workers;
    worker?.signal('SIGSTOP');
    system.links.provider.stall();
    const { workflowId, runId } = await system.api.start(`[[sim: tps=400]] ${prompt}`);
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    try {
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'the subscriber waits for the run');
      expect((await system.api.run(runId))?.status).toBe('QUEUED');
    } finally {
      worker?.signal('SIGCONT');
    }
    await answerWhenFollowed(subscriber);
    await subscriber.sawEndOf(runId);
    const shownBySnapshots = subscriber.events.flatMap(({ workflow }) => workflow?.messages ?? []);
    const written = shownBySnapshots.flatMap(({ role, chunks }) => (role === 'assistant' ? chunks : []));
    expect(written.filter(({ type }) => /delta|step|input/.test(type))).toEqual([]);
    expect(subscriber.events.some((event) => event.__typename === 'GraphPatched')).toBe(true);
    expect(subscriber.events.at(-1)).toMatchObject({ terminal: true, endedRunId: runId, runStatus: 'SUCCEEDED' });
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });

  it('who starts from a query goes on from its cursor', async () => {
    const { workflowId, runId } = await system.api.start(`[[sim: tps=300]] ${prompt}`);
    const hydrated = await until(async () => {
      const workflow = await system.api.workflow(workflowId);
      return (workflow?.messages.at(-1)?.chunks.length ?? 0) > 8 ? workflow : null;
    }, 'the first chunks are stored');
    const subscriber = new TestSubscriber(system.api.socket, workflowId).hydrate(hydrated).open();
    await subscriber.sawEndOf(runId);
    expect(subscriber.events.filter((event) => event.__typename === 'StreamSnapshot')).toEqual([]);
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });

  it('who loses the socket again and again misses and repeats nothing', async () => {
    system.links.provider.stall();
    const { workflowId, runId } = await system.api.start(`[[sim: tps=100]] ${prompt}`);
    let socket = system.api.newSocket();
    const subscriber = new TestSubscriber(socket, workflowId).open();
    await answerWhenFollowed(subscriber);
    let cuts = 0;
    for (;;) {
      const seen = subscriber.batches.length;
      const isOver = () => subscriber.sawTheEndOf(runId);
      await subscriber.until(() => subscriber.batches.length > seen + 2 || isOver(), 'more batches arrive');
      if (isOver()) break;
      cuts += 1;
      socket.terminate();
      socket = system.api.newSocket();
      subscriber.reopen(socket);
    }
    expect(cuts).toBeGreaterThan(1);
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
    await socket.dispose();
  });

  it('who joins when all is over is given the whole', async () => {
    const { workflowId, runId } = await system.api.start(prompt);
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    await subscriber.until(() => subscriber.batches.some((batch) => batch.caughtUp), 'the subscriber has caught up');
    expect(subscriber.events[0]).toMatchObject({ __typename: 'StreamSnapshot', reason: 'INITIAL' });
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
  });

  it('is one of many who all see the same', async () => {
    const { workflowId, runId } = await system.api.start(`[[sim: tps=400]] ${prompt}`);
    const subscribers: TestSubscriber[] = [];
    for (let joined = 0; joined < 12; joined++) {
      subscribers.push(new TestSubscriber(system.api.socket, workflowId).open());
      const watched = subscribers[0];
      const seen = watched?.batches.length ?? 0;
      await until(() => (watched?.batches.length ?? 0) > seen || watched?.sawTheEndOf(runId), 'time passes');
    }
    for (const subscriber of subscribers) {
      await subscriber.sawEndOf(runId);
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'the subscriber has caught up');
      await assertDelivered(system, subscriber, { workflowId, runId });
      subscriber.close();
    }
  });
});

describe('a cursor', () => {
  it('of another workflow is answered with a snapshot of this one', async () => {
    const one = await system.api.start(prompt);
    const other = await system.api.start(prompt);
    await until(async () => (await system.api.run(other.runId))?.status === 'SUCCEEDED', 'the run succeeds');
    await until(async () => (await system.api.run(one.runId))?.status === 'SUCCEEDED', 'the run succeeds');
    const cursor = (await system.api.workflow(one.workflowId))?.cursor ?? null;
    const subscriber = new TestSubscriber(system.api.socket, other.workflowId, cursor).open();
    await subscriber.until(() => subscriber.events.length > 0, 'an answer arrives');
    expect(subscriber.events[0]).toMatchObject({ __typename: 'StreamSnapshot', reason: 'CURSOR_UNKNOWN' });
    expect(subscriber.events[0]?.workflow?.id).toBe(other.workflowId);
    subscriber.close();
  });

  it.each(['nonsense', '', 'c1.9-9.', '1-1', '9'.repeat(10_000)])(
    'that is malformed is refused: %s',
    async (cursor) => {
      const { workflowId, runId } = await system.api.start(prompt);
      const subscriber = new TestSubscriber(system.api.socket, workflowId, cursor).open();
      await until(() => subscriber.failure, 'the subscription is refused');
      expect(JSON.stringify(subscriber.failureDetails())).toContain('BAD_USER_INPUT');
      subscriber.close();
      await system.api.cancelRun(runId);
    },
  );

  it('from the future is answered with a snapshot', async () => {
    const { workflowId, runId } = await system.api.start(prompt);
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    const cursor = (await system.api.workflow(workflowId))?.cursor.replace(/\d+-\d+/, '999-999') ?? null;
    const subscriber = new TestSubscriber(system.api.socket, workflowId, cursor).open();
    await subscriber.until(() => subscriber.events.length > 0, 'an answer arrives');
    expect(subscriber.events[0]).toMatchObject({ __typename: 'StreamSnapshot', reason: 'CURSOR_UNKNOWN' });
    subscriber.close();
  });
});

describe('the end of a run', () => {
  it('is not told to those who read the workflow after it, while the next run is queued', async () => {
    const { workflowId, runId } = await system.api.start(prompt);
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    await system.workers[0]?.stop();
    try {
      await system.api.start('Add a step before the email that waits for approval.', workflowId);
      const hydrated = await system.api.workflow(workflowId);
      if (!hydrated) throw new Error('The workflow is gone.');
      expect(hydrated.status).toBe('GENERATING');
      const subscriber = new TestSubscriber(system.api.socket, workflowId).hydrate(hydrated).open();
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'the subscriber has caught up');
      expect(subscriber.events).toEqual([]);
      subscriber.close();
    } finally {
      await system.addWorker();
    }
  });
});

describe('a run that is tried again', () => {
  it('goes on in the same log and ends again, for everyone who was there', async () => {
    const { workflowId, runId } = await system.api.start(`[[sim: tps=100]] ${prompt}`);
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    await subscriber.until(
      () => subscriber.events.some((event) => event.__typename === 'MessageChunks'),
      'chunks arrive',
    );
    await system.api.cancelRun(runId);
    await subscriber.until(() => subscriber.terminalEvents(runId).length === 1, 'the run ends');
    expect((await system.api.retryRun(runId)).userErrors).toEqual([]);
    await subscriber.until(() => subscriber.terminalEvents(runId).length === 2, 'the run ends again');
    expect(subscriber.terminalEvents(runId).map(({ runStatus }) => runStatus)).toEqual(['CANCELED', 'SUCCEEDED']);
    expect(await system.evidence.logEnds(workflowId)).toMatchObject([
      { runId, runStatus: 'CANCELED' },
      { runId, runStatus: 'SUCCEEDED' },
    ]);
    await assertDelivered(system, subscriber, { workflowId, runId, ends: 2 });
    subscriber.close();
  });
});

describe('a canceled run', () => {
  it('ends once for everyone, keeps the partial answer and unlocks the prompt', async () => {
    const { workflowId, runId } = await system.api.start(`[[sim: tps=30]] ${prompt}`);
    const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
    await subscriber.until(
      () => subscriber.events.some((event) => event.__typename === 'MessageChunks'),
      'chunks arrive',
    );
    const { run, userErrors } = await system.api.cancelRun(runId);
    expect(userErrors).toEqual([]);
    expect(run?.status).toBe('CANCELED');
    await subscriber.until(() => subscriber.terminalEvents(runId).length > 0, 'the terminal event arrives');
    expect(subscriber.terminalEvents(runId)).toMatchObject([{ runStatus: 'CANCELED', status: 'IDLE' }]);
    const workflow = await system.api.workflow(workflowId);
    expect(workflow).toMatchObject({ status: 'IDLE', promptLock: null, activeRun: null });
    expect(workflow?.messages.at(-1)?.complete).toBe(true);
    expect(await system.evidence.logEnds(workflowId)).toMatchObject([{ runId, runStatus: 'CANCELED', status: 'IDLE' }]);
    await assertDelivered(system, subscriber, { workflowId, runId });
    subscriber.close();
    await until(
      async () => (await system.modelRequests()).some((request) => request.outcome === 'aborted-by-client'),
      'the provider sees the connection close',
    );
  });
});
