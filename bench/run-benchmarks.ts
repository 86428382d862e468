/** The list of benchmarks, their order, and the systems that they share. */
import { System } from '../test/support/system.ts';
import { step } from '../tools/progress.mjs';
import { appendThroughput } from './append-throughput.ts';
import type { BenchmarkRow } from './benchmark-row.ts';
import { CHUNKS_PER_ENTRY } from './chunk-source.ts';
import { crowd } from './crowd.ts';
import { documentValidation } from './document-validation.ts';
import { engineOverhead } from './engine-overhead.ts';
import { fanOut } from './fan-out.ts';
import { WorkflowFeeder } from './fed-workflow.ts';
import { growth } from './growth.ts';
import { idleAndStorm } from './idle-and-storm.ts';
import { bullmqKill, killToNextChunk } from './kill-to-next-chunk.ts';
import { inspectorEnvironment, NodeInspector } from './node-inspector.ts';
import { pageWhileStreaming } from './page.ts';
import { peerWatch } from './peer-watch.ts';
import { DurableStreams, ResumableStreams } from './peers.ts';
import { fanOutProfile, type ProcessProfile, profileOf, replayProfile } from './process-profile.ts';
import { resume } from './resume.ts';
import { submitToFirstChunk } from './submit-to-first-chunk.ts';
import { unlimited } from './unlimited.ts';
import { walPerByte } from './wal.ts';
import { workerCpu } from './worker-cpu.ts';

const KILL = 'Kill to next chunk';
const DELTAS = '20 generations at once, in the worker';

export interface BenchmarkResults {
  rows: BenchmarkRow[];
  profiles: Record<string, ProcessProfile>;
}

/** Runs the benchmarks whose name contains one of `words`, or all when there are none, and adds their results. */
export async function runBenchmarks(words: readonly string[], results: BenchmarkResults): Promise<void> {
  const isChosen = (name: string) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word));
  const run = async (name: string, benchmark: Benchmark): Promise<void> => {
    if (!isChosen(name)) return;
    results.rows.push(...(await step(name, benchmark)));
  };
  await run('Submit to first chunk', submitToFirstChunk);
  await streamBenchmarks(run, async (name, profile) => {
    if (isChosen('Profile')) results.profiles[name] = await step(`Profile: ${name}`, profile);
  });
  await run('Worker CPU', () =>
    workerCpu((profile) => {
      if (isChosen('Profile')) results.profiles[DELTAS] = profileOf(profile);
    }),
  );
  const bullmq = isChosen(KILL) ? bullmqKill() : Promise.resolve([]);
  // Awaited later; a failure before that must not end the process.
  bullmq.catch(() => undefined);
  await run('Crowd', crowd);
  await run('Growth', growth);
  await run('Page', pageWhileStreaming);
  await run('Engine', engineBenchmarks);
  await run(KILL, () => killToNextChunk(bullmq));
}

type Benchmark = (tell: (note: string) => void) => Promise<BenchmarkRow[]>;
type Run = (name: string, benchmark: Benchmark) => Promise<void>;
type RunProfile = (name: string, profile: () => Promise<ProcessProfile>) => Promise<void>;

/** Without a worker: the benchmarks write the streams themselves, and nothing else claims their runs. */
async function streamBenchmarks(run: Run, runProfile: RunProfile): Promise<void> {
  const system = await System.start({ workers: 0, environment: inspectorEnvironment, apiEnvironment: unlimited });
  const apiUrl = system.url;
  const apiPid = system.apiProcess.pid ?? 0;
  const durable = new DurableStreams();
  const resumable = new ResumableStreams();
  const feeder = await WorkflowFeeder.connect(system.database.url, system.redis.url);
  try {
    await durable.start();
    await resumable.start(system.redis.url);
    await run('Validation', () => documentValidation(apiUrl));
    await run('Resume', () => resume({ apiUrl, feeder, durable, resumable }));
    await run('Live fan-out', (tell) => fanOut({ apiUrl, apiPid, feeder, durable, resumable }, tell));
    await run('Append', () => appendThroughput(feeder, durable));
    await run('WAL', () => walPerByte(feeder));
    await run('Watching peers', () => peerWatch(system.database.url, system.redis.url, feeder.redis));
    // The inspector is attached only from here on, so that it does not affect the figures above.
    const inspector = await NodeInspector.attach(system.apiProcess);
    await run('Idle subscriptions and reconnect storm', () => idleAndStorm({ apiUrl, apiPid, inspector, feeder }));
    for (const perEntry of [CHUNKS_PER_ENTRY, 1]) {
      const name = `full replay of 10,000 chunks, ${perEntry} per entry`;
      await runProfile(name, () => replayProfile(apiUrl, inspector, feeder, perEntry));
    }
    await runProfile('live fan-out to 100 subscribers', () => fanOutProfile(apiUrl, inspector, feeder));
    inspector.close();
  } finally {
    await Promise.all([durable.stop(), resumable.stop()]);
    await feeder.close();
    await system.stop();
  }
}

/** The engine runs in this process; a worker would compete for its runs. */
async function engineBenchmarks(): Promise<BenchmarkRow[]> {
  const system = await System.start({ workers: 0, tokensPerSecond: 0, apiEnvironment: unlimited });
  const { simulatorUrl } = system;
  try {
    return await engineOverhead({ databaseUrl: system.database.url, redisUrl: system.redis.url, simulatorUrl });
  } finally {
    await system.stop();
  }
}
