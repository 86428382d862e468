import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { RunDispatcher } from './run-dispatcher.js';
import type { ExecuteRunJob } from './run-queue.js';

let queue: Queue<ExecuteRunJob>;
let dispatcher: RunDispatcher;

beforeAll(async () => {
  const url = process.env.HOLDFAST_TEST_REDIS_URL;
  if (!url) throw new Error('HOLDFAST_TEST_REDIS_URL is not set. Run the tests with `npm test`.');
  queue = new Queue(newId('run'), { connection: { url } });
  dispatcher = new RunDispatcher(queue);
  // What is dispatched gets a second; connecting is not to use it up.
  await queue.waitUntilReady();
});
afterAll(async () => {
  await queue?.obliterate({ force: true });
  await queue?.close();
});

const inMs = (ms: number) => new Date(Date.now() + ms);

describe('a run that waits', () => {
  it('has a wake-up job when its time is near, for no longer than that', async () => {
    await dispatcher.wakeAt(newId('run'), inMs(timings.wakeUpMaxMs - 1_000));
    const [job, ...others] = await queue.getDelayed();
    expect(others).toEqual([]);
    expect(job?.delay).toBeLessThanOrEqual(timings.wakeUpMaxMs);
    await job?.remove();
  });

  it('holds no job when its time is far, so none is left when it is answered or canceled', async () => {
    await dispatcher.wakeAt(newId('run'), inMs(timings.wakeUpMaxMs + 10_000));
    await dispatcher.wakeAt(newId('run'), inMs(7 * 86_400_000));
    expect(await queue.getJobCounts()).toMatchObject({ delayed: 0, waiting: 0, active: 0 });
  });

  it('is delivered by one job, however often it is dispatched', async () => {
    const runId = newId('run');
    await Promise.all([dispatcher.dispatch(runId), dispatcher.dispatch(runId)]);
    expect((await queue.getWaiting()).map((job) => job.data)).toEqual([{ runId }]);
    expect(await dispatcher.hasLiveJob(runId)).toBe(true);
  });
});
