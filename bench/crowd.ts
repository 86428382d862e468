/**
 * Ten thousand subscribers of one workflow in one api process, each with a socket of its own. Their side is four processes,
 * which share the cores with the api.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsOf, residentKib } from '../test/support/process-usage.ts';
import { System } from '../test/support/system.ts';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { atRate, timedChunk } from './chunk-source.ts';
import { WorkflowFeeder } from './fed-workflow.ts';
import { ForkedProcess } from './forked-process.ts';
import type { Ages, ApiSubscribers } from './subscribers.process.ts';
import { unlimited } from './unlimited.ts';

const SUBSCRIBERS = 10_000;
const PROCESSES = 4;
const PER_SECOND = 30;
const SECONDS = 8;
/** How long the api may take, after the last chunk, to deliver the rest. */
const DRAIN_MS = 10_000;

export async function crowd(tell: (note: string) => void): Promise<BenchmarkRow[]> {
  const system = await System.start({ workers: 0, apiEnvironment: unlimited });
  const feeder = await WorkflowFeeder.connect(system.database.url, system.redis.url);
  const crowds = Array.from({ length: PROCESSES }, () => new ForkedProcess('subscribers.process.ts'));
  const apiPid = system.apiProcess.pid ?? 0;
  try {
    const { workflowId, append } = await feeder.newWorkflow();
    const before = residentKib(apiPid);
    tell(`${SUBSCRIBERS.toLocaleString('en')} sockets connect`);
    const each: ApiSubscribers = { apiUrl: system.url, workflowId, count: SUBSCRIBERS / PROCESSES, perSocket: 1 };
    await Promise.all(crowds.map((subscribers) => subscribers.call('openApi', each)));
    await delay(1_000);
    await Promise.all(crowds.map((subscribers) => subscribers.call('forget')));
    tell('streaming');
    const cpuBefore = cpuSecondsOf(apiPid);
    let highest = residentKib(apiPid);
    const watch = setInterval(() => {
      highest = Math.max(highest, residentKib(apiPid));
    }, 250);
    await atRate(PER_SECOND, SECONDS, () => void append([timedChunk()]));
    const chunks = PER_SECOND * SECONDS * each.count;
    const ages = await Promise.all(
      crowds.map((subscribers) => subscribers.call<Ages>('collect', { chunks, withinMs: DRAIN_MS })),
    );
    clearInterval(watch);
    const cpuSeconds = cpuSecondsOf(apiPid) - cpuBefore;
    const delivered = Math.min(...ages.map((one) => one.delivered));
    const frames = ages.reduce((total, { reads }) => total + reads, 0) / SUBSCRIBERS / SECONDS;
    const name = `${SUBSCRIBERS.toLocaleString('en')} subscribers of one workflow, ${PER_SECOND} chunks/s for ${SECONDS} s`;
    const complete = delivered >= 1 ? 'all delivered' : `${(delivered * 100).toFixed(1)} % delivered in time`;
    const note = `${complete}, ${frames.toFixed(1)} frames a second each, ${cpuSeconds.toFixed(1)} CPU s`;
    return [
      ...compare(name, 'ms', [
        { subject: 'age of a chunk, median', samples: ages.map(({ p50Ms }) => p50Ms), note },
        { subject: 'age of a chunk, 99th percentile', samples: ages.map(({ p99Ms }) => p99Ms) },
      ]),
      ...compare(`${name}: memory of the api`, 'KiB', [
        { subject: 'for each subscriber', samples: [(highest - before) / SUBSCRIBERS], note: 'highest resident set' },
      ]),
    ];
  } finally {
    await Promise.all(crowds.map((subscribers) => subscribers.kill()));
    await feeder.close();
    await system.stop();
  }
}
