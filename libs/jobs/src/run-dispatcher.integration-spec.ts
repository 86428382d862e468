import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { RunDispatcher } from './run-dispatcher.js';
import { EXECUTE_RUN, type ExecuteRunJob, executeRunJobOptions } from './run-queue.js';

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

describe('a run that is dispatched', () => {
  it('is delivered by one job, however often it is dispatched', async () => {
    const runId = newId('run');
    await Promise.all([dispatcher.dispatch(runId), dispatcher.dispatch(runId)]);
    expect((await queue.getWaiting()).map((job) => job.data)).toEqual([{ runId }]);
    expect(await dispatcher.hasLiveJob(runId)).toBe(true);
    expect(await dispatcher.redeliver(runId)).toBe(false);
    await queue.remove(runId);
  });

  it('is delivered again when its job is gone', async () => {
    const runId = newId('run');
    expect(await dispatcher.redeliver(runId)).toBe(true);
    expect((await queue.getWaiting()).map((job) => job.data)).toEqual([{ runId }]);
    await queue.remove(runId);
  });

  it('is delivered at once when its job was delayed by a clock that is an hour ahead', async () => {
    const runId = newId('run');
    await queue.add(EXECUTE_RUN, { runId }, { ...executeRunJobOptions(runId), delay: 3_600_000 });
    expect(await dispatcher.hasLiveJob(runId)).toBe(false);
    expect(await dispatcher.redeliver(runId)).toBe(true);
    expect(await queue.getJobCounts()).toMatchObject({ delayed: 0, waiting: 1 });
    expect(await dispatcher.hasLiveJob(runId)).toBe(true);
    await queue.remove(runId);
  });
});
