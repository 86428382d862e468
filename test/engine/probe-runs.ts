/**
 * Runs of a probe agent on a real Postgres and a real Redis, in this process. Owns what it starts; `close` ends it.
 */
import { type AppendableEvent, LOCAL_USER_ID, type RunId, type WorkflowId } from '#libs/contracts';
import {
  type AgentContext,
  AgentRegistry,
  AttemptStopped,
  defineAgent,
  RunExecutor,
  type RunExecutorOptions,
} from '#libs/engine';
import {
  createDataSource,
  HookResolution,
  PostgresRunStore,
  PromptSubmission,
  RunCancellation,
  RunRetry,
  runMigrations,
  StrandedRuns,
  WorkflowReader,
} from '#libs/persistence';
import { createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { createDatabase, redisUrl } from '../support/test-services.ts';

export type ProbeRuns = Awaited<ReturnType<typeof startProbeRuns>>;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const never = () => new AbortController().signal;

/** A model call that a test leaves alone outlasts the test. */
export const patientTimeouts = { totalMs: 600_000, firstChunkMs: 600_000, idleMs: 600_000 };

/** A promise that a test opens when it wants the code under test to go on. */
export function gate(): { opened: Promise<void>; open(): void; reached: Promise<void>; reach(): void } {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return { opened: opened.promise, open: opened.resolve, reached: reached.promise, reach: reached.resolve };
}

export async function startProbeRuns() {
  const database = await createDatabase();
  const dataSource = await createDataSource({
    databaseUrl: database.url,
    applicationName: 'holdfast-test',
  }).initialize();
  await runMigrations(dataSource);
  const redis = createRedis(redisUrl(), 'test', 'command');
  const store = new PostgresRunStore(dataSource);
  const stream = new RedisWorkflowStreamWriter(redis);
  const reader = new WorkflowReader(dataSource);
  const submission = new PromptSubmission(dataSource);

  function executorWith(agents: AgentRegistry, options: Partial<RunExecutorOptions> = {}): RunExecutor {
    const modelTimeouts = patientTimeouts;
    return new RunExecutor({ store, stream, agents, logger: quiet, modelTimeouts, hookSecret: 'secret', ...options });
  }

  return {
    dataSource,
    redis,
    store,
    stream,
    reader,
    cancellation: new RunCancellation(dataSource),
    retrying: new RunRetry(dataSource),
    hooks: new HookResolution(dataSource),
    stranded: new StrandedRuns(dataSource),
    executorWith,
    executorOf: (
      run: (context: AgentContext) => Promise<void>,
      options: Partial<RunExecutorOptions> = {},
    ): RunExecutor => executorWith(new AgentRegistry([defineAgent('probe', { run })]), options),
    submit: async (prompt = 'Anything'): Promise<{ runId: RunId; workflowId: WorkflowId }> => {
      const result = await submission.submit({
        ownerId: LOCAL_USER_ID,
        workflowId: null,
        prompt,
        agent: 'probe',
        model: null,
        timeZone: null,
        idempotencyKey: null,
      });
      if (result.kind !== 'accepted') throw new Error(result.kind);
      return { runId: result.run.id, workflowId: result.workflow.id };
    },
    runOf: async (runId: RunId) => {
      const run = await reader.run(LOCAL_USER_ID, runId);
      if (!run) throw new Error('The run is gone.');
      return run;
    },
    workflowOf: async (workflowId: WorkflowId) => {
      const snapshot = await reader.workflowSnapshot(LOCAL_USER_ID, workflowId);
      if (!snapshot) throw new Error('The workflow is gone.');
      return snapshot;
    },
    stepsOf: async (runId: RunId) => (await reader.steps(LOCAL_USER_ID, runId, { first: 100, after: null })).rows,
    historyOf: async (runId: RunId) =>
      (await reader.runEvents(LOCAL_USER_ID, runId, { first: 100, after: null })).rows.map((event) => event.type),
    hooksOf: (runId: RunId) => reader.hooks(LOCAL_USER_ID, runId),
    /** Everything that the workflow's stream holds, in order. */
    streamed: async (workflowId: WorkflowId): Promise<AppendableEvent[]> => {
      const [key] = await redis.keys(`*${workflowId}*stream*`);
      const entries = await redis.xrange(key ?? '', '-', '+');
      return entries.flatMap(([, fields]) =>
        fields.filter((field) => field.startsWith('[')).flatMap((text) => JSON.parse(text)),
      );
    },
    close: async () => {
      redis.disconnect();
      await dataSource.destroy();
      await database.drop();
    },
  };
}

/** Runs the agent until `stopHere` is called, hands the run back, and runs it again to its end. */
export async function twice(
  probe: ProbeRuns,
  first: (context: AgentContext, stopHere: () => Promise<never>) => Promise<void>,
  second: (context: AgentContext) => Promise<void>,
) {
  const { runId, workflowId } = await probe.submit();
  const stop = new AbortController();
  const stopHere = async (): Promise<never> => {
    stop.abort(new AttemptStopped());
    throw new Error('stopped');
  };
  const before = await probe.executorOf((context) => first(context, stopHere)).execute(runId, stop.signal);
  if (before.kind !== 'released') throw new Error(`The first attempt ended as ${before.kind}.`);
  const result = await probe.executorOf(second).execute(runId, never());
  return { runId, workflowId, result, run: await probe.runOf(runId) };
}
