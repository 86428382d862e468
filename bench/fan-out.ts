/**
 * One writer at 100 chunks a second, with many subscribers at the tail: the age of a chunk when it arrives, and the
 * server's cost. Writer, server and subscribers are three processes on one machine.
 */
import type { Redis } from 'ioredis';
import { cpuSecondsOf, cpuSecondsOfRedis } from '../test/support/process-usage.ts';
import { type BenchmarkRow, compare, type Subject } from './benchmark-row.ts';
import { atRate, timedChunk } from './chunk-source.ts';
import type { WorkflowFeeder } from './fed-workflow.ts';
import { ForkedProcess } from './forked-process.ts';
import type { DurableStreams, ResumableStreams } from './peers.ts';
import type { Ages, ApiSubscribers } from './subscribers.process.ts';

const PER_SECOND = 100;
const SECONDS = 3;
/** How long a server may take, after the last chunk, to deliver the rest. */
const DRAIN_MS = 5_000;
const SUBSCRIBERS = [1, 100, 1_000] as const;

export interface FanOutSetting {
  apiUrl: string;
  apiPid: number;
  feeder: WorkflowFeeder;
  durable: DurableStreams;
  resumable: ResumableStreams;
}

interface Contestant {
  subject: string;
  pid: number;
  /** The Redis that the server uses, if any. */
  redis: Redis | null;
  /** Creates a stream, lets the subscribers follow it, and returns the writer. */
  prepare(subscribers: ForkedProcess, count: number): Promise<() => Promise<void>>;
  finish?(): Promise<void>;
}

interface Outcome {
  subject: string;
  ages: Ages;
  cpuSeconds: number;
  redisCpuSeconds: number | null;
}

export async function fanOut(setting: FanOutSetting, tell: (note: string) => void): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = [];
  for (const count of SUBSCRIBERS) {
    const outcomes: Outcome[] = [];
    for (const contestant of contestantsOf(setting)) {
      tell(`${contestant.subject}, ${count} subscribers`);
      outcomes.push(await measure(contestant, count));
    }
    const name = `Live fan-out to ${count.toLocaleString('en')} subscribers, ${PER_SECOND} chunks/s for ${SECONDS} s`;
    rows.push(...latencyRows(name, outcomes), ...compare(`${name}: server`, 'CPU s', outcomes.map(cpuOf)));
  }
  return rows;
}

function contestantsOf({ apiUrl, apiPid, feeder, durable, resumable }: FanOutSetting): Contestant[] {
  return [
    {
      subject: 'Holdfast',
      pid: apiPid,
      redis: feeder.redis,
      prepare: async (subscribers, count) => {
        const { workflowId, append } = await feeder.newWorkflow();
        await subscribers.call('openApi', { apiUrl, workflowId, count, perSocket: 1 } satisfies ApiSubscribers);
        return () => atRate(PER_SECOND, SECONDS, () => void append([timedChunk()]));
      },
    },
    {
      subject: 'resumable-stream',
      pid: resumable.pid,
      redis: feeder.redis,
      prepare: async (subscribers, count) => {
        const id = `fan-out-${count}`;
        await resumable.create(id);
        await subscribers.call('openHttp', { url: resumable.readUrl(id), count });
        return () => resumable.produce(id, PER_SECOND, SECONDS);
      },
    },
    {
      subject: '@durable-streams/server',
      pid: durable.pid,
      redis: null,
      prepare: async (subscribers, count) => {
        const id = `fan-out-${count}`;
        await durable.create(id);
        await subscribers.call('openHttp', { url: durable.followUrl(id), count });
        // An append that is never answered shows up as chunks missing at the subscribers.
        const append = () => void durable.append(id, [timedChunk()]).catch(() => undefined);
        return () => atRate(PER_SECOND, SECONDS, append);
      },
      finish: () => durable.restart(),
    },
  ];
}

async function measure({ subject, pid, redis, prepare, finish }: Contestant, count: number): Promise<Outcome> {
  const subscribers = new ForkedProcess('subscribers.process.ts');
  try {
    const write = await prepare(subscribers, count);
    // Keeps the end of connecting out of the figures.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await subscribers.call('forget');
    const cpuBefore = cpuSecondsOf(pid);
    const redisBefore = redis ? await cpuSecondsOfRedis(redis) : 0;
    await write();
    const chunks = PER_SECOND * SECONDS * count;
    const ages = await subscribers.call<Ages>('collect', { chunks, withinMs: DRAIN_MS });
    const cpuSeconds = cpuSecondsOf(pid) - cpuBefore;
    const redisCpuSeconds = redis ? (await cpuSecondsOfRedis(redis)) - redisBefore : null;
    return { subject, ages, cpuSeconds, redisCpuSeconds };
  } finally {
    await subscribers.kill();
    await finish?.();
  }
}

function latencyRows(name: string, outcomes: readonly Outcome[]): BenchmarkRow[] {
  const rows = compare(
    name,
    'ms',
    outcomes.map(({ subject, ages }) => ({ subject, samples: [ages.p50Ms] })),
  );
  return rows.map((row, index) => {
    const { p99Ms = Number.NaN, delivered = 0, reads = 0 } = outcomes[index]?.ages ?? {};
    const complete = delivered >= 1 ? 'all delivered' : `${(delivered * 100).toFixed(1)} % delivered in time`;
    return {
      ...row,
      p99: Math.round(p99Ms * 100) / 100,
      note: `${complete}, ${reads.toLocaleString('en')} reads`,
    };
  });
}

function cpuOf({ subject, ages, cpuSeconds, redisCpuSeconds }: Outcome): Subject {
  const perChunk = `${((cpuSeconds / ages.chunks) * 1_000_000).toFixed(1)} µs per delivered chunk`;
  const ofRedis = redisCpuSeconds === null ? '' : `, and ${redisCpuSeconds.toFixed(2)} s of Redis`;
  return { subject, samples: [cpuSeconds], note: perChunk + ofRedis };
}
