import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { RunDispatcher } from './run-dispatcher.js';
import type { ExecuteRunJob } from './run-queue.js';

let queue: Queue<ExecuteRunJob>;
let dispatcher: RunDispatcher;
let url: string;

beforeAll(async () => {
  url = process.env.HOLDFAST_TEST_REDIS_URL ?? '';
  if (!url) throw new Error('HOLDFAST_TEST_REDIS_URL is not set. Run the tests with `npm test`.');
  queue = new Queue(newId('run'), { connection: { url } });
  dispatcher = new RunDispatcher(queue);
  // A dispatch has a time limit of one second, which connecting must not use up.
  await queue.waitUntilReady();
});
afterAll(async () => {
  await queue?.obliterate({ force: true });
  await queue?.close();
});

describe('a run that is dispatched', () => {
  it('is delivered by one job, however often it is dispatched', async () => {
    const delivery = { runId: newId('run'), attempts: 0 };
    await Promise.all([dispatcher.dispatch(delivery), dispatcher.dispatch(delivery)]);
    expect((await queue.getWaiting()).map((job) => job.data)).toEqual([{ runId: delivery.runId }]);
    expect(await dispatcher.hasLiveJob(delivery)).toBe(true);
    await queue.drain();
  });

  it('is delivered again when its job is gone', async () => {
    const delivery = { runId: newId('run'), attempts: 0 };
    expect(await dispatcher.hasLiveJob(delivery)).toBe(false);
    await dispatcher.dispatch(delivery);
    expect((await queue.getWaiting()).map((job) => job.data)).toEqual([{ runId: delivery.runId }]);
    await queue.drain();
  });

  it('is delivered for its next attempt while a dead worker still has the job of the last, before runs that have not begun', async () => {
    const runId = newId('run');
    const dead = new Worker<ExecuteRunJob>(queue.name, null, { connection: { url }, autorun: false });
    try {
      await dispatcher.dispatch({ runId, attempts: 0 });
      expect((await dead.getNextJob('token'))?.data).toEqual({ runId });
      const later = { runId: newId('run'), attempts: 0 };
      await dispatcher.dispatch(later);
      await dispatcher.dispatch({ runId, attempts: 1 });
      expect(await dispatcher.hasJobInHand({ runId, attempts: 1 })).toBe(true);
      expect((await dead.getNextJob('token'))?.data).toEqual({ runId });
      expect((await dead.getNextJob('token'))?.data).toEqual({ runId: later.runId });
    } finally {
      await dead.close(true);
    }
  });
});
