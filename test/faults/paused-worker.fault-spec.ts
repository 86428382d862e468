import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Generation,
  PersistentSubscriber,
  runIdsOf,
  runningOf,
  uniquePrompt,
  untilEnded,
} from '../support/generations.ts';
import type { ManagedProcess } from '../support/managed-process.ts';
import { epochOf, type RunRow } from '../support/run-evidence.ts';
import { faultTimeoutMs, sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({
    tokensPerSecond: 100,
    workers: 2,
    environment: { HOLDFAST_WORKER_LEASE_SECONDS: '3' },
  });
});

afterAll(async () => {
  await system?.stop();
});

/** What the log on Redis holds of epochs up to this one. */
async function logUpTo(generation: Generation, epoch: number): Promise<string[]> {
  return (await system.evidence.logCursors(generation.workflowId)).filter((cursor) => epochOf(cursor) <= epoch);
}

async function hasLog(generation: Generation, epoch: number, entries: number): Promise<boolean> {
  const cursors = await system.evidence.logCursors(generation.workflowId);
  return cursors.filter((cursor) => epochOf(cursor) === epoch).length >= entries;
}

interface Pause {
  generation: Generation;
  subscriber: PersistentSubscriber;
  /** The epoch of the worker that was paused, and what it had written until it went on. */
  epoch: number;
  log: string[];
}

/** Whether it went on and was stopped; otherwise a round would prove nothing. */
function wasStopped(worker: ManagedProcess, runId: string): boolean {
  const stopped = /it no longer holds the run|could not renew lock|Missing (?:key|lock) for job|Lock mismatch for job/;
  return worker.output.split('\n').some((line) => line.includes(runId) && stopped.test(line));
}

/** Pauses a worker in the middle of a call of the model, until another has taken its run over. */
async function pauseHolder(earlier: readonly Pause[], flush: boolean): Promise<Pause> {
  const generation = await system.api.start(uniquePrompt('[[sim: text=400]]'));
  const subscriber = new PersistentSubscriber(system, generation);
  const runIds = [...earlier.map((pause) => pause.generation.runId), generation.runId];
  const before = await until<RunRow | null>(async () => {
    const run = await system.evidence.run(generation.runId);
    const others = await runningOf(system, runIds);
    // Only attempts without progress count against a run, and every pause may cost each of them one.
    const inTheMiddle = run.attemptsWithoutProgress === 0 && (await hasLog(generation, run.epoch, 4));
    return inTheMiddle && others.every((other) => other.attemptsWithoutProgress <= 1) ? run : null;
  }, 'the run is in the middle of a call');
  const old = await until(() => system.holderOf(generation.runId), 'a worker holds the run');
  old.pause();
  const { epoch } = await until<RunRow | null>(async () => {
    const run = await system.evidence.run(generation.runId);
    return run.epoch > before.epoch && (await hasLog(generation, run.epoch, 1)) ? run : null;
  }, 'another worker takes the run over');
  if (flush) await system.evidence.flushRedis();
  const log = await logUpTo(generation, epoch - 1);
  old.resume();
  await until(() => wasStopped(old, generation.runId), 'the old worker is stopped').catch((error: Error) => {
    throw new Error(`${error.message}\n${system.linesAbout(generation.runId).slice(-12).join('\n')}`);
  });
  return { generation, subscriber, epoch: epoch - 1, log };
}

describe('a worker that stands still for longer than its lease and then goes on', () => {
  it.each([
    { how: 'with Redis as it was', rounds: sized(3, 20), flush: false },
    { how: 'with Redis emptied meanwhile', rounds: sized(1, 20), flush: true },
  ])('writes nothing more, neither to Redis nor to Postgres, $how', { timeout: faultTimeoutMs }, async (scenario) => {
    const pauses: Pause[] = [];
    for (let round = 0; round < scenario.rounds; round++) pauses.push(await pauseHolder(pauses, scenario.flush));

    const runIds = runIdsOf(pauses.map((pause) => pause.generation));
    const ended = await untilEnded(system, runIds);
    expect(ended.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(await system.evidence.staleWrites(runIds)).toEqual([]);
    expect(await system.evidence.redoneSteps(runIds, await system.modelRequests())).toEqual([]);
    for (const { generation, subscriber, epoch, log } of pauses) {
      const now = await logUpTo(generation, epoch);
      expect(now.filter((cursor) => !log.includes(cursor))).toEqual([]);
      await subscriber.seesAll({ logMayBeGone: scenario.flush });
    }
  });
});
