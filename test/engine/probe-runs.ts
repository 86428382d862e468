/** Runs of a probe agent: in memory, where the engine's own logic is tested, and the shape that `server-runs` has too. */
import { setImmediate } from 'node:timers/promises';
import {
  type Cursor,
  chunksIn,
  type HookId,
  type HookStatus,
  type JsonValue,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  type StepSummary,
  type StreamEvent,
  type UIMessageChunk,
  type Usage,
  type WorkflowId,
  type WorkflowStatus,
} from '#libs/contracts';
import {
  type AgentContext,
  AgentRegistry,
  AttemptStopped,
  defineAgent,
  RunExecutor,
  type RunExecutorOptions,
  type RunStore,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { MemoryCommands, type MemoryWorkflowStream, memoryAdapters, type TestClock } from '#libs/engine/testing';

export interface ProbeRuns extends ReturnType<typeof executorsOn> {
  store: RunStore;
  stream: WorkflowStreamWriter;
  /** What follows from claims has happened. */
  performed(): Promise<void>;
  submit(prompt?: string): Promise<{ runId: RunId; workflowId: WorkflowId }>;
  cancel(runId: RunId): Promise<void>;
  retry(runId: RunId): Promise<void>;
  /** Answers the newest hook of this name. */
  answer(runId: RunId, hook: string, payload: JsonValue): Promise<void>;
  /** Makes everything be over that the run waits for by the clock. */
  endWaits(runId: RunId): Promise<void>;
  runOf(runId: RunId): Promise<{
    id: RunId;
    status: RunStatus;
    attempts: number;
    error: RunErrorInfo | null;
    usage: Usage | null;
  }>;
  /** `chunks`: the newest answer as it is stored. */
  workflowOf(workflowId: WorkflowId): Promise<{
    status: WorkflowStatus;
    cursor: Cursor;
    graphRevision: number;
    chunks: UIMessageChunk[];
  }>;
  stepsOf(runId: RunId): Promise<(StepSummary & { output: JsonValue })[]>;
  /** The tries of the run's first step. */
  triesOf(
    runId: RunId,
  ): Promise<{ number: number; error: RunErrorInfo | null; nextRetryAt: Date | null; usage: Usage | null }[]>;
  /** What the settled steps of the run have added to its answer, in the order in which they were settled. */
  settledChunks(runId: RunId): Promise<UIMessageChunk[]>;
  historyOf(runId: RunId): Promise<string[]>;
  hooksOf(runId: RunId): Promise<{ id: HookId; name: string; status: HookStatus }[]>;
  /** Everything that the workflow's stream holds, in order. */
  streamed(workflowId: WorkflowId): Promise<StreamEvent[]>;
  close?(): Promise<void>;
}

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

/** Executors of a probe agent on these adapters. */
export function executorsOn(store: RunStore, stream: WorkflowStreamWriter, defaults: Partial<RunExecutorOptions> = {}) {
  function executorWith(agents: AgentRegistry, options: Partial<RunExecutorOptions> = {}): RunExecutor {
    const modelTimeouts = patientTimeouts;
    const hookSecret = 'secret';
    return new RunExecutor({
      store,
      stream,
      agents,
      logger: quiet,
      modelTimeouts,
      hookSecret,
      ...defaults,
      ...options,
    });
  }
  return {
    executorWith,
    executorOf: (
      run: (context: AgentContext) => Promise<void>,
      options: Partial<RunExecutorOptions> = {},
    ): RunExecutor => executorWith(new AgentRegistry([defineAgent('probe', { run })]), options),
  };
}

/** In memory. Pauses between two tries pass at once. */
export function memoryRuns(): ProbeRuns & { stream: MemoryWorkflowStream; clock: TestClock } {
  const { store, stream, performed } = memoryAdapters();
  const commands = new MemoryCommands(store);
  const { records, clock } = store;
  const run = (runId: RunId) => {
    const found = records.run(runId);
    if (!found) throw new Error('The run is gone.');
    return found;
  };
  /** Whoever looks again and again lets others go on. */
  const read = async <T>(look: () => T): Promise<T> => {
    await setImmediate();
    return structuredClone(look());
  };
  return {
    clock,
    performed,
    store,
    stream,
    ...executorsOn(store, stream, {
      pause: async (milliseconds) => clock.advance(milliseconds),
      replayPatience: { replayDivergedMs: 100, replayStallMs: 5_000 },
    }),
    submit: async (prompt = 'Anything') => {
      const { id, workflowId } = commands.submit({ agent: 'probe', prompt });
      return { runId: id, workflowId };
    },
    cancel: (runId) => read(() => void commands.cancel(runId)),
    retry: (runId) => read(() => commands.retry(runId)),
    answer: async (runId, name, payload) => {
      const hook = run(runId).hooks.findLast((one) => one.name === name);
      if (!hook) throw new Error(`The run has asked for no "${name}".`);
      commands.answer(runId, hook.id, payload);
    },
    endWaits: async () => clock.advance('3650d'),
    runOf: (runId) => read(() => run(runId)),
    workflowOf: (workflowId) =>
      read(() => {
        const { status, cursor, graphRevision, runs } = records.workflow(workflowId);
        return { status, cursor, graphRevision, chunks: runs.at(-1)?.answer.chunks ?? [] };
      }),
    stepsOf: (runId) =>
      read(() =>
        run(runId).steps.map((step) => ({
          ...step,
          runId,
          startedAt: step.startedAt?.toISOString() ?? null,
          finishedAt: step.finishedAt?.toISOString() ?? null,
        })),
      ),
    triesOf: (runId) => read(() => run(runId).steps[0]?.tries ?? []),
    settledChunks: (runId) =>
      read(() =>
        run(runId)
          .steps.filter((step) => step.commitPosition !== null)
          .sort((a, b) => (a.commitPosition ?? 0) - (b.commitPosition ?? 0))
          .flatMap(({ chunks }) =>
            Array.isArray(chunks) ? chunks : chunksIn(run(runId).answer.segments, [chunks]).flat(),
          ),
      ),
    historyOf: (runId) => read(() => run(runId).history.map(({ type }) => type)),
    hooksOf: (runId) => read(() => run(runId).hooks),
    streamed: (workflowId) => read(() => stream.events(workflowId)),
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
