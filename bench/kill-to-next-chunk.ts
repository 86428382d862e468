/**
 * The time from SIGKILL of the worker that holds a run to the next chunk of the new attempt at a subscriber. BullMQ's
 * defaults are measured for comparison, only until another worker starts the job again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RedisServer } from '../test/support/redis-server.ts';
import { System } from '../test/support/system.ts';
import { TestSubscriber } from '../test/support/test-subscriber.ts';
import { until } from '../test/support/until.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { ForkedProcess } from './forked-process.ts';
import { unlimited } from './unlimited.ts';

const KILLS = 20;
const PROMPT = '[[sim: text=5000]] Every Monday at 8, post a summary of open issues in Slack.';
/** While one is killed, two are ready and a new one is starting. */
const WORKERS = 3;
const TOKENS_PER_SECOND = 50;

/** BullMQ checks for stalled jobs every 30 s; its standbys start within that time, so that they check at different moments. */
const STANDBY_SPREAD_MS = 30_000;
const BULLMQ_WITHIN_MS = 120_000;

/** @param bullmq the result of `bullmqKill`, started earlier */
export async function killToNextChunk(bullmq: Promise<number[]>): Promise<BenchmarkRow[]> {
  const samples = await holdfastKills();
  return compare('Kill of a worker to the next chunk', 'ms', [
    { subject: 'Holdfast', samples, note: 'first new chunk at a subscriber' },
    { subject: "BullMQ's defaults", samples: await bullmq, note: 'job started again' },
  ]);
}

async function holdfastKills(): Promise<number[]> {
  const system = await System.start({
    tokensPerSecond: TOKENS_PER_SECOND,
    workers: WORKERS,
    apiEnvironment: unlimited,
  });
  const samples: number[] = [];
  let replacement: Promise<unknown> = Promise.resolve();
  try {
    while (samples.length < KILLS) {
      await replacement;
      samples.push(await killOnce(system));
      replacement = system.addWorker();
    }
    return samples;
  } finally {
    await replacement;
    await system.stop();
  }
}

async function killOnce(system: System): Promise<number> {
  const { workflowId, runId } = await system.api.start(PROMPT);
  const subscriber = new TestSubscriber(system.api.socket, workflowId).open();
  await nextDelta(subscriber, 0);
  const holder = await until(
    () => system.workers.find(({ running, output }) => running && output.includes(runId)),
    'a worker holds the run',
  );
  const epoch = epochOf(subscriber);
  const start = performance.now();
  holder.signal('SIGKILL');
  await nextDelta(subscriber, epoch);
  const elapsed = performance.now() - start;
  subscriber.close();
  await system.api.cancelRun(runId);
  return elapsed;
}

/** Resolves in the turn of the event loop in which a delta of a later epoch is delivered. */
function nextDelta(subscriber: TestSubscriber, epoch: number): Promise<void> {
  return new Promise((resolve) => {
    subscriber.onEvent = ({ chunks = [] }) => {
      if (epochOf(subscriber) > epoch && chunks.some(({ type }) => type.endsWith('-delta'))) resolve();
    };
  });
}

function epochOf({ cursor }: TestSubscriber): number {
  return Number(/(\d+)-\d+/.exec(cursor ?? '')?.[1] ?? 0);
}

/** Takes two minutes of idle waiting, so start it early, beside other benchmarks. */
export async function bullmqKill(): Promise<number[]> {
  const redis = await RedisServer.start();
  const victim = new ForkedProcess('bullmq-defaults.process.ts');
  const standby = new ForkedProcess('bullmq-defaults.process.ts');
  try {
    const queues = Array.from({ length: KILLS }, (_, index) => `kill-${index}`);
    await victim.call('hold', { redisUrl: redis.url, queues });
    await standby.call('standBy', { redisUrl: redis.url, queues, spreadMs: STANDBY_SPREAD_MS });
    await delay(STANDBY_SPREAD_MS);
    const killedAt = Date.now();
    await victim.kill();
    const startedAt = await standby.call<number[]>('collect', BULLMQ_WITHIN_MS);
    if (startedAt.length < KILLS) throw new Error(`Only ${startedAt.length} jobs were started again`);
    return startedAt.map((at) => at - killedAt);
  } finally {
    await victim.kill();
    await standby.kill();
    await redis.stop();
  }
}
