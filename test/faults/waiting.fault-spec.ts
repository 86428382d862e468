import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { PersistentSubscriber } from '../support/generations.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const post = 'Write a post about our new office dog';
const flight = 'Book a flight from Berlin to Lisbon on Friday for 2 people';
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  await system?.stop();
});

async function killAllWorkers(): Promise<void> {
  await Promise.all(system.workers.map((worker) => worker.kill('SIGKILL')));
}

async function checkInAfter(seconds: number): Promise<void> {
  const body = JSON.stringify({ checkInAfterSeconds: seconds });
  await fetch(`${system.simulatorUrl}/airline/conditions`, { method: 'PUT', body });
}

/** A booking that has been paid and sleeps until its check-in opens. */
async function sleepingRun(seconds: number): Promise<AgentRun> {
  await checkInAfter(seconds);
  const run = await AgentRun.start(system, 'flight-booking', flight);
  await run.resolve(await run.waitsAt(1), { approved: true });
  await until(async () => {
    const [sleep] = await run.steps('sleep');
    return sleep !== undefined && (await run.status()) === 'WAITING';
  }, 'the run sleeps');
  return run;
}

async function bookingsOf(run: AgentRun): Promise<number> {
  const answer = await fetch(`${system.simulatorUrl}/airline/bookings`);
  const { bookings } = (await answer.json()) as { bookings: { reference: string }[] };
  const [booked] = await run.parts<{ reference: string }>('booking');
  return bookings.filter((booking) => booking.reference === booked?.reference).length;
}

describe('a run that waits for an approval', () => {
  it('outlives its workers, its api and all of Redis, and is approved while no worker is there', async () => {
    const run = await AgentRun.start(system, 'post-author', post);
    const subscriber = new PersistentSubscriber(system, run);
    const hook = await run.waitsAt(1);
    await killAllWorkers();
    await system.apiProcess.kill('SIGKILL');
    await system.evidence.flushRedis();
    await system.apiProcess.start();
    await system.apiIsReady();

    expect(await run.resolve(hook, { approved: true })).toEqual([]);
    expect(await run.resolve(hook, { approved: false })).toMatchObject([{ code: 'CONFLICT' }]);
    await system.addWorker();
    await run.reaches('SUCCEEDED');
    expect(await run.steps('published')).toHaveLength(1);
    expect(await run.parts('post')).toMatchObject([{ status: 'published' }]);
    expect(await system.evidence.staleWrites([run.runId])).toEqual([]);
    await subscriber.seesAll();
  });
});

describe('a run that sleeps', () => {
  it('wakes up by itself although its workers were killed and Redis was emptied', async () => {
    // Two sleeps of five seconds: long enough to be seen asleep on a slow machine.
    const run = await sleepingRun(10);
    const subscriber = new PersistentSubscriber(system, run);
    await killAllWorkers();
    await system.evidence.flushRedis();
    await system.addWorker();
    await run.reaches('SUCCEEDED');
    expect(await bookingsOf(run)).toBe(1);
    expect(await system.evidence.staleWrites([run.runId])).toEqual([]);
    await subscriber.seesAll();
  });
});
