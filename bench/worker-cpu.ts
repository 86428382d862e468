/**
 * What a text delta costs a worker, in CPU time of its process, while 20 generations run at once. The floor is a process
 * that only reads and parses as many answers of the same model server at the same rate.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { cpuSecondsOf } from '../test/support/process-usage.ts';
import { System } from '../test/support/system.ts';
import { until } from '../test/support/until.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { ForkedProcess } from './forked-process.ts';
import { type CpuProfile, inspectorEnvironment, NodeInspector } from './node-inspector.ts';
import { unlimited } from './unlimited.ts';

const GENERATIONS = 20;
const TOKENS_PER_SECOND = 60;
const WARM_UP_MS = 5_000;
const WINDOWS = 4;
const WINDOW_MS = 4_000;
const PROMPT = '[[sim: text=20000]] Every Monday at 8, post a summary of open issues in Slack.';

/** @param onProfile gets a profile of the worker, taken after the figures */
export async function workerCpu(onProfile?: (profile: CpuProfile) => void): Promise<BenchmarkRow[]> {
  const system = await System.start({
    tokensPerSecond: TOKENS_PER_SECOND,
    environment: inspectorEnvironment,
    apiEnvironment: unlimited,
  });
  try {
    // One after the other, so that neither takes time from the other.
    const floor = await readerCost(system.simulatorUrl);
    const worker = await workerCost(system, onProfile);
    return compare(`CPU of a worker per text delta, ${GENERATIONS} at once`, 'µs', [
      { subject: "the provider's stream, read and parsed", samples: floor },
      { subject: 'Holdfast', samples: worker },
    ]);
  } finally {
    await system.stop();
  }
}

async function readerCost(simulatorUrl: string): Promise<number[]> {
  const reader = new ForkedProcess('provider-reader.process.ts');
  try {
    const body = JSON.stringify({ model: 'simulator', store: false, stream: true, input: PROMPT });
    await reader.call('read', { url: `${simulatorUrl}/v1/responses`, body, count: GENERATIONS });
    return await costPerDelta(reader.pid, () => reader.call<number>('deltas'));
  } finally {
    await reader.kill();
  }
}

async function workerCost(system: System, onProfile: ((profile: CpuProfile) => void) | undefined): Promise<number[]> {
  const [worker] = system.workers;
  if (!worker) throw new Error('There is no worker');
  const redis = new Redis(system.redis.url);
  try {
    const runs = await Promise.all(Array.from({ length: GENERATIONS }, () => system.api.start(PROMPT)));
    const deltas = async () => Promise.all(runs.map(({ workflowId }) => deltasIn(redis, workflowId)));
    await until(async () => (await deltas()).every((count) => count > 0), 'every generation streams');
    const samples = await costPerDelta(worker.pid ?? 0, async () => sum(await deltas()));
    if (onProfile) {
      const inspector = await NodeInspector.attach(worker);
      onProfile(await inspector.profile(() => delay(WINDOW_MS)));
      inspector.close();
    }
    await Promise.all(runs.map(({ runId }) => system.api.cancelRun(runId)));
    return samples;
  } finally {
    redis.disconnect();
  }
}

async function costPerDelta(pid: number, deltas: () => Promise<number>): Promise<number[]> {
  await delay(WARM_UP_MS);
  const samples: number[] = [];
  for (let window = 0; window < WINDOWS; window += 1) {
    const before = { cpu: cpuSecondsOf(pid), deltas: await deltas() };
    await delay(WINDOW_MS);
    const used = cpuSecondsOf(pid) - before.cpu;
    samples.push((used * 1_000_000) / ((await deltas()) - before.deltas));
  }
  return samples;
}

async function deltasIn(redis: Redis, workflowId: string): Promise<number> {
  const entries = await redis.xrange(`{wf:${workflowId}}:stream`, '-', '+');
  return sum(entries.map(([, [, events = '']]) => events.split('-delta"').length - 1));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
