import { afterEach, describe, expect, it } from 'vitest';
import { BusyLoops, blockedLoop } from '../support/busy-machine.ts';
import {
  type Generation,
  PersistentSubscriber,
  runIdsOf,
  startGenerations,
  untilEnded,
} from '../support/generations.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System, type SystemOptions } from '../support/system.ts';
import { until } from '../support/until.ts';

const runs = sized(8, 20);
let system: System | undefined;
let loops: BusyLoops | undefined;

afterEach(async () => {
  await loops?.end();
  await system?.stop();
  system = loops = undefined;
});

/** Generations on two workers, each of which has some of them, in the middle of a call of the model. */
async function underWay(options: SystemOptions = {}): Promise<{ system: System; generations: Generation[] }> {
  const started = await System.start({ tokensPerSecond: 40, workers: 2, ...options });
  system = started;
  const generations = await startGenerations(started, runs, `[[sim: text=${sized(250, 600)}]]`);
  await until(async () => {
    const stored = await Promise.all(runIdsOf(generations).map((runId) => started.evidence.storedSteps(runId)));
    return stored.every((steps) => steps.length > 0);
  }, 'every run has stored a step');
  return { system: started, generations };
}

async function expectOneAttemptEach(all: System, generations: Generation[]): Promise<void> {
  const subscriber = new PersistentSubscriber(all, generations[0] as Generation);
  const runIds = runIdsOf(generations);
  const ended = await untilEnded(all, runIds, faultTimeoutMs - 60_000);
  const losses = (await Promise.all(runIds.map((runId) => all.evidence.losses(runId)))).flat();
  const warnings = all.workers.flatMap((worker) =>
    worker.output.split('\n').filter((line) => /"level":[45]0/.test(line)),
  );
  expect(losses, warnings.slice(-40).join('\n')).toEqual([]);
  expect(ended.filter((run) => run.status !== 'SUCCEEDED' || run.attempts > 1)).toEqual([]);
  await subscriber.seesAll({ timeoutMs: 60_000 });
}

describe(`${runs} generations lose no attempt`, () => {
  it('on a machine on which 16 busy loops run beside them', { timeout: faultTimeoutMs }, async () => {
    const { system, generations } = await underWay();
    loops = new BusyLoops(16);
    await expectOneAttemptEach(system, generations);
  });

  it('when the event loop of their worker is blocked for 10 s', { timeout: faultTimeoutMs }, async () => {
    const { system, generations } = await underWay({ environment: blockedLoop(10_000) });
    const [first] = generations as [Generation];
    const holder = await until(() => system.holderOf(first.runId), 'a worker holds the run');
    holder.signal('SIGUSR2');
    await until(() => holder.output.includes('the loop goes on'), 'the loop goes on');
    await expectOneAttemptEach(system, generations);
  });

  it('when their worker stands still for 5 s', { timeout: faultTimeoutMs }, async () => {
    const { system, generations } = await underWay();
    const [first] = generations as [Generation];
    const holder = await until(() => system.holderOf(first.runId), 'a worker holds the run');
    holder.pause();
    const since = performance.now();
    await until(() => performance.now() - since > 5_000, 'five seconds pass');
    holder.resume();
    await expectOneAttemptEach(system, generations);
  });

  it('when Redis is restarted', { timeout: faultTimeoutMs }, async () => {
    const { system, generations } = await underWay();
    await system.redis.kill('SIGTERM');
    await system.redis.start();
    await expectOneAttemptEach(system, generations);
  });
});
