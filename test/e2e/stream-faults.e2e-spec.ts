import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttingProxy } from '../stream/held-socket.ts';
import { assertDelivered } from '../support/delivery-check.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

let system: System;
let redis: Redis;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  redis = new Redis(system.redis.url);
});

afterAll(async () => {
  redis?.disconnect();
  await system?.stop();
});

async function expectExact(subscriber: TestSubscriber, workflowId: string, runId: string): Promise<void> {
  await assertDelivered(system, subscriber, { workflowId, runId });
  subscriber.close();
}

/** A run that streams for a few seconds, and a subscriber who has seen its first chunks. */
async function startWatched(text: number, tps: number) {
  const { workflowId, runId } = await system.api.start(`[[sim: text=${text}]] [[sim: tps=${tps}]] hello`);
  const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
  await subscriber.until(
    () => subscriber.events.some((event) => event.__typename === 'MessageChunks'),
    'chunks arrive',
  );
  return { workflowId, runId, subscriber };
}

describe('a subscriber', () => {
  it('misses nothing while connections of pub/sub are killed again and again', async () => {
    const { workflowId, runId, subscriber } = await startWatched(500, 200);
    let kills = 0;
    while (!subscriber.sawTheEndOf(runId)) {
      kills += Number(await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
      const seen = subscriber.batches.length;
      await subscriber.until(
        () => subscriber.batches.length > seen || subscriber.sawTheEndOf(runId),
        'the subscriber goes on',
      );
    }
    expect(kills).toBeGreaterThan(5);
    await expectExact(subscriber, workflowId, runId);
  });

  it('is served although pub/sub is silent, whether it was there before or comes now', async () => {
    const { workflowId, runId, subscriber } = await startWatched(500, 150);
    await redis.call('ACL', 'SETUSER', 'default', '-subscribe');
    try {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const late = subscriber.fork(system.api.socket).open();
      await subscriber.sawEndOf(runId);
      await late.sawEndOf(runId);
      await expectExact(subscriber, workflowId, runId);
      await expectExact(late, workflowId, runId);
      const next = await system.api.start('hello');
      const stranger = new TestSubscriber(system.api.socket, next.workflowId).open();
      await stranger.sawEndOf(next.runId);
      await expectExact(stranger, next.workflowId, next.runId);
    } finally {
      await redis.call('ACL', 'SETUSER', 'default', '+subscribe');
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    }
  });

  it('is led through a Redis that lost everything to the one end of the run', async () => {
    const { workflowId, runId, subscriber } = await startWatched(300, 150);
    await redis.flushall();
    await subscriber.sawEndOf(runId);
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    expect(subscriber.events.filter((event) => event.__typename === 'StreamSnapshot').length).toBeGreaterThan(1);
    await expectExact(subscriber, workflowId, runId);
  });

  it('repeats and misses nothing when its connection breaks inside frames', async () => {
    const proxy = await CuttingProxy.start(system.url);
    const { workflowId, runId } = await system.api.start('[[sim: text=400]] [[sim: tps=200]] hello');
    let bytes = 1_201;
    const subscriber = new TestSubscriber(proxy.newSocket(bytes), workflowId).open();
    while (!subscriber.sawTheEndOf(runId)) {
      await until(() => subscriber.failure || subscriber.sawTheEndOf(runId), 'the connection breaks');
      bytes += 777;
      if (!subscriber.sawTheEndOf(runId)) subscriber.reopen(proxy.newSocket(bytes));
    }
    expect(proxy.cuts).toBeGreaterThan(3);
    await expectExact(subscriber, workflowId, runId);
    await proxy.stop();
  });
});

describe('a run that is canceled before a worker has it', () => {
  it('ends once, and its prompt is free again', async () => {
    const [worker] = system.workers;
    worker?.signal('SIGSTOP');
    try {
      const { workflowId, runId } = await system.api.start('hello');
      const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
      await subscriber.until(() => subscriber.batches.length > 0, 'the subscriber has begun');
      expect((await system.api.cancelRun(runId)).run?.status).toBe('CANCELED');
      await subscriber.sawEndOf(runId);
      worker?.signal('SIGCONT');
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'the subscriber has caught up');
      await expectExact(subscriber, workflowId, runId);
    } finally {
      worker?.signal('SIGCONT');
    }
  });
});
