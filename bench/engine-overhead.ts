/**
 * The cost of durability: a model call as a stored step compared with a bare call of the AI SDK, an instant step, the
 * replay of a long run, and the number of short runs that one worker completes.
 */
import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { Queue, Worker } from 'bullmq';
import type { RunId } from '#libs/contracts';
import { AttemptStopped } from '#libs/engine';
import { EXECUTE_RUN, executeRunJobOptions, parseExecuteRunJob, RUN_QUEUE } from '#libs/jobs';
import { type BenchmarkRow, compare } from './benchmark-row.ts';
import { EngineServices, executeToTheEnd } from './engine-bench-services.ts';

const PROMPT = '[[sim: text=50]] hello';
const providerOptions = { openai: { store: false, forceReasoning: true, reasoningSummary: 'auto' } };
const CALLS = 10;
const STEPS = 30;
const ROUNDS = 10;

const REPLAYED = [10, 100, 1_000] as const;
/** The steps of a long run execute in parallel, only so that creating them does not take a minute. */
const SIDE_BY_SIDE = 20;
const REPLAYS = 10;

const RUNS = 150;
const STEPS_OF_A_RUN = 3;
/** As `statement-counts.integration-spec.ts` counts them. */
const STATEMENTS_OF_A_RUN = 6;
/** A worker's default. */
const CONCURRENCY = 20;

export interface EngineSetting {
  databaseUrl: string;
  redisUrl: string;
  simulatorUrl: string;
}

export async function engineOverhead(setting: EngineSetting): Promise<BenchmarkRow[]> {
  const services = await EngineServices.connect(setting.databaseUrl, setting.redisUrl);
  try {
    return [
      ...(await stepOverhead(services, setting.simulatorUrl)),
      ...(await replayCost(services)),
      ...(await runsPerSecond(services, setting.redisUrl)),
    ];
  } finally {
    await services.close();
  }
}

async function stepOverhead(services: EngineServices, simulatorUrl: string): Promise<BenchmarkRow[]> {
  const model = createOpenAI({ baseURL: `${simulatorUrl}/v1`, apiKey: 'simulator' })('simulator');
  const bare = async (): Promise<void> => {
    const result = streamText({ model, prompt: PROMPT, maxRetries: 0, providerOptions });
    await result.consumeStream();
  };
  const calls = services.executor(async (context) => {
    for (let call = 0; call < CALLS; call += 1) {
      const messages = [{ role: 'user' as const, content: PROMPT }];
      await context.generate({ model, instructions: 'Answer.', messages, tools: {}, maxSteps: 1, providerOptions });
    }
  });
  const instant = services.executor(async (context) => {
    for (let at = 0; at < STEPS; at += 1) await context.step('instant', () => at);
  });
  const samples = { bare: [] as number[], durable: [] as number[], instant: [] as number[], commit: [] as number[] };
  const commit = await services.smallestWrite();
  for (let round = -2; round < ROUNDS; round += 1) {
    const bareMs = await elapsed(async () => {
      for (let call = 0; call < CALLS; call += 1) await bare();
    });
    const ofCalls = await services.submit();
    const durableMs = await elapsed(() => executeToTheEnd(calls, ofCalls));
    const commitMs = await elapsed(async () => {
      for (let write = 0; write < STEPS; write += 1) await commit();
    });
    const ofSteps = await services.submit();
    const instantMs = await elapsed(() => executeToTheEnd(instant, ofSteps));
    if (round < 0) continue;
    samples.bare.push(bareMs / CALLS);
    samples.durable.push(durableMs / CALLS);
    samples.instant.push(instantMs / STEPS);
    samples.commit.push(commitMs / STEPS);
  }
  return compare('One step, claim and end of the run included', 'ms', [
    { subject: 'AI SDK, bare model call', samples: samples.bare, note: `50 deltas, ${CALLS} in a row` },
    { subject: 'Holdfast, model call as a step', samples: samples.durable, note: `the same, ${CALLS} to a run` },
    { subject: 'Holdfast, instant step', samples: samples.instant, note: `${STEPS} to a run` },
    { subject: 'Postgres, smallest fenced write', samples: samples.commit, note: 'one commit with fsync' },
  ]);
}

/** A run stops right after its last step and is executed again; everything before comes from its history. */
async function replayCost(services: EngineServices): Promise<BenchmarkRow[]> {
  const subjects = [];
  for (const count of REPLAYED) {
    let stop = new AbortController();
    const executor = services.executor(async (context) => {
      for (let at = 0; at < count; at += SIDE_BY_SIDE) {
        const length = Math.min(SIDE_BY_SIDE, count - at);
        await Promise.all(Array.from({ length }, (_, index) => context.step('instant', () => at + index)));
      }
      stop.abort(new AttemptStopped());
      context.signal.throwIfAborted();
    });
    const runId = await services.submit();
    const samples: number[] = [];
    for (let round = -1; round < REPLAYS; round += 1) {
      stop = new AbortController();
      const ms = await elapsed(async () => {
        const result = await executor.execute(runId, stop.signal);
        if (result.kind !== 'released') throw new Error(`The run was not handed back: ${JSON.stringify(result)}`);
      });
      if (round >= 0) samples.push(ms);
    }
    subjects.push({ subject: `Holdfast, ${count.toLocaleString('en')} stored steps`, samples });
  }
  return compare('Replay of a run, claim and handing back included', 'ms', subjects);
}

/** The floor delivers as many jobs, and makes as many of the smallest fenced writes as a run has statements. */
async function runsPerSecond(services: EngineServices, redisUrl: string): Promise<BenchmarkRow[]> {
  const executor = services.executor(async (context) => {
    for (let at = 0; at < STEPS_OF_A_RUN; at += 1) await context.step('instant', () => at);
  });
  const ids = [];
  const writes = new Map<string, () => Promise<boolean>>();
  for (let run = 0; run < RUNS; run += 1) {
    ids.push(await services.submit());
    writes.set(ids[run] ?? '', await services.smallestWrite());
  }
  const write = async (runId: RunId) => {
    for (let at = 0; at < STATEMENTS_OF_A_RUN; at += 1) await writes.get(runId)?.();
  };
  const floor = await jobsPerSecond(redisUrl, ids, write);
  const holdfast = await jobsPerSecond(redisUrl, ids, (runId) => executeToTheEnd(executor, runId));
  const note = `${RUNS} runs of ${STEPS_OF_A_RUN} instant steps, ${CONCURRENCY} at a time`;
  return compare('Runs through one worker', 'runs/s', [
    { subject: 'Holdfast', samples: [holdfast], note },
    {
      subject: 'BullMQ and Postgres',
      samples: [floor],
      note: `a job with ${STATEMENTS_OF_A_RUN} smallest fenced writes`,
    },
  ]);
}

async function jobsPerSecond(
  redisUrl: string,
  ids: readonly RunId[],
  work: (runId: RunId) => Promise<unknown>,
): Promise<number> {
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const queue = new Queue(RUN_QUEUE, { connection });
  const jobs = ids.map((runId) => ({
    name: EXECUTE_RUN,
    data: { runId },
    opts: executeRunJobOptions({ runId, attempts: 0 }),
  }));
  await queue.addBulk(jobs);
  let finished = 0;
  let failure: unknown = null;
  const all = Promise.withResolvers<void>();
  const worker = new Worker(
    RUN_QUEUE,
    async (job) => {
      await work(parseExecuteRunJob(job).runId).catch((error: unknown) => {
        failure = error;
      });
      finished += 1;
      if (finished === ids.length) all.resolve();
    },
    { connection, concurrency: CONCURRENCY, autorun: false },
  );
  const ms = await elapsed(async () => {
    void worker.run();
    await all.promise;
  });
  await worker.close();
  await queue.close();
  if (failure) throw failure;
  return ids.length / (ms / 1_000);
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
