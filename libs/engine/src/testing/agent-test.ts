/**
 * Runs of an agent in a test: they can be executed, crashed, answered and timed out at will, and everything that they
 * stored can be inspected. Each execution is a new worker, so only stored state is carried over.
 */
import {
  type HookStatus,
  type JsonValue,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  type StreamEvent,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import type { WorkflowGraph } from '#libs/graph';
import type { AgentDefinition } from '../agent.js';
import { AgentRegistry } from '../agent-registry.js';
import type { RunExecutorOptions } from '../attempt.js';
import { type AttemptResult, AttemptStopped } from '../attempt.js';
import { FencedError } from '../errors.js';
import type { OpenEpochEffect } from '../ports/effects.port.js';
import type { CompletedStep, RunClaim, RunStore } from '../ports/run-store.port.js';
import type { WorkflowStreamWriter } from '../ports/workflow-stream.port.js';
import { RunExecutor } from '../run-executor.js';
import { MemoryCommands, type Submission } from './memory-commands.js';
import { type RunRecord, type StepRecord, TestClock } from './memory-records.js';
import { MemoryRunStore } from './memory-run-store.js';
import { MemoryWorkflowStream } from './memory-workflow-stream.js';

export interface AgentTestOptions
  extends Partial<Pick<RunExecutorOptions, 'modelTimeouts' | 'toolTimeoutMs' | 'logger'>> {
  agents: readonly AgentDefinition[];
  /** The secret from which hook tokens are derived. */
  hookSecret?: string;
}

/** The controls of a test. */
export interface AgentTest {
  /** Decides when sleeps and hooks are over. It stands still until it is moved. */
  readonly clock: TestClock;
  readonly store: MemoryRunStore;
  readonly stream: MemoryWorkflowStream;
  /** Queues a run, by default of the only agent. */
  submit(prompt: string, options?: Partial<Omit<Submission, 'prompt'>>): TestRun;
}

/** Short, so that a diverging replay is found quickly: agents in tests do little between two steps. */
const replayPatience = { replayDivergedMs: 100, replayStallMs: 5_000 };

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An isolated environment for runs of these agents. */
export function createAgentTest({ agents, hookSecret = 'secret', ...options }: AgentTestOptions): AgentTest {
  const { store, stream, performed } = memoryAdapters();
  const commands = new MemoryCommands(store);
  // Pauses between two tries pass at once, on the test clock.
  const pause = async (milliseconds: number) => store.clock.advance(milliseconds);
  const registry = new AgentRegistry(agents);
  const parts = { agents: registry, logger: quiet, hookSecret, pause, replayPatience, ...options };
  return {
    clock: store.clock,
    store,
    stream,
    submit: (prompt, { agent = agents[0]?.name ?? '', ...more } = {}) =>
      new TestRun(commands.submit({ agent, prompt, ...more }), { store, stream, commands, parts, performed }),
  };
}

/** A store and a stream. Epochs without a holder are opened as in production; `performed` waits for that. */
export function memoryAdapters() {
  const opening = new Set<Promise<void>>();
  const stream = new MemoryWorkflowStream();
  const store = new MemoryRunStore(new TestClock(), (effects) => {
    for (const effect of effects) if (effect.type === 'open-epoch') opening.add(open(effect, stream, store));
  });
  return { store, stream, performed: async () => void (await Promise.all(opening)) };
}

async function open(effect: OpenEpochEffect, stream: MemoryWorkflowStream, store: MemoryRunStore): Promise<void> {
  const granted = { ...effect, reason: 'TAKEOVER' } as const;
  try {
    if (effect.closes) await stream.openAndClose(granted);
    else await (await stream.open(granted)).append(effect.events);
    await store.markEndsPublished(effect.ends);
  } catch (error) {
    // Whoever opened the later epoch has published the ends.
    if (!(error instanceof FencedError)) throw error;
  }
}

interface Surroundings {
  store: MemoryRunStore;
  stream: MemoryWorkflowStream;
  commands: MemoryCommands;
  parts: Omit<RunExecutorOptions, 'store' | 'stream' | 'worker'>;
  performed: () => Promise<void>;
}

/** One run. Properties show its current state, so read them again after a change. */
export class TestRun {
  constructor(
    private readonly row: RunRecord,
    private readonly around: Surroundings,
  ) {}

  get id(): RunId {
    return this.row.id;
  }

  get workflowId(): WorkflowId {
    return this.row.workflowId;
  }

  get status(): RunStatus {
    return this.row.status;
  }

  /** Why the run failed; `null` otherwise. */
  get error(): RunErrorInfo | null {
    return this.row.error;
  }

  /** The steps in the order in which they were first started. */
  get steps(): Pick<StepRecord, 'name' | 'kind' | 'status' | 'output' | 'error' | 'tries'>[] {
    return structuredClone(this.row.steps);
  }

  get hooks(): { name: string; title: string; status: HookStatus }[] {
    return this.row.hooks.map(({ name, title, status }) => ({ name, title, status }));
  }

  /** The assistant's message as stored. */
  get message(): UIMessageChunk[] {
    return structuredClone(this.row.answer.chunks);
  }

  get graph(): WorkflowGraph {
    return structuredClone(this.around.store.records.workflow(this.workflowId).graph);
  }

  /** Everything that subscribers of the workflow were sent, in order. */
  get streamed(): StreamEvent[] {
    return this.around.stream.events(this.workflowId);
  }

  /** Executes the run on a worker until it ends, waits, or is handed back. */
  async execute(signal: AbortSignal = new AbortController().signal): Promise<AttemptResult> {
    const { store, stream } = this.around;
    return this.executeWith(store, stream, signal);
  }

  /** Executes the run on a worker that shuts down, as for a release, once this many of its steps have been stored. */
  async handBackAfter(steps: number): Promise<AttemptResult> {
    const stop = new AbortController();
    const { store, stream } = this.around;
    const watched = afterEach(store, () => {
      if (this.storedSteps() >= steps) stop.abort(new AttemptStopped());
    });
    return this.executeWith(watched, stream, stop.signal);
  }

  /**
   * Executes the run on a worker that dies as soon as this many of its steps are stored: nothing is written after that.
   * Throws when the run ends or waits before.
   */
  crashAfter(steps: number): Promise<void> {
    return this.crash(`after ${steps} stored steps`, () => this.storedSteps() >= steps);
  }

  /**
   * Executes the run on a worker that dies before the step's result is stored: the step's effects have happened, but there
   * is no record of them. Throws when the run ends or waits before.
   */
  crashWhileStoring(step: string): Promise<void> {
    const idIn = (what: unknown) => (what instanceof Object && 'stepId' in what ? what.stepId : what);
    const isNext = (method: string, args: unknown[]) =>
      method.startsWith('complete') && this.row.steps.find(({ id }) => id === idIn(args[1]))?.name === step;
    return this.crash(`while "${step}" was stored`, () => false, isNext);
  }

  /** Answers the newest hook of this name. Throws when it accepts no answer, or the payload does not fit. */
  answer(hook: string, payload: JsonValue): void {
    const found = this.row.hooks.findLast(({ name }) => name === hook);
    if (!found) throw new Error(`The run has asked for no "${hook}".`);
    this.around.commands.answer(this.id, found.id, payload);
  }

  /** Cancels the run as a person would. A worker that holds it learns of it with its next write. */
  cancel(): void {
    this.around.commands.cancel(this.id);
  }

  /** Retries the run as a person would. Throws unless it has failed or was canceled. */
  retry(): void {
    this.around.commands.retry(this.id);
  }

  private storedSteps(): number {
    return this.row.steps.filter(({ commitPosition }) => commitPosition !== null).length;
  }

  private async executeWith(
    store: RunStore,
    stream: WorkflowStreamWriter,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    await this.around.performed();
    const worker = this.around.store.records.registerWorker();
    const executor = new RunExecutor({ ...this.around.parts, store, stream, worker: () => worker });
    const result = await executor.execute(this.id, signal, true);
    await this.around.performed();
    return result;
  }

  private async crash(
    when: string,
    isOver: () => boolean,
    isLast: (method: string, args: unknown[]) => boolean = () => false,
  ): Promise<void> {
    const { store, stream, parts, performed } = this.around;
    await performed();
    const worker = store.records.registerWorker();
    let isDead = false;
    const die = () => {
      isDead = true;
      store.records.endWorker(worker, 'KILLED');
    };
    const dying = <T extends object>(target: T): T =>
      wrapped(target, async (method, args, call) => {
        if (!isDead && isLast(method, args)) die();
        if (isDead) throw new FencedError('The worker is dead.');
        const answer = await call();
        if (!isDead && isOver()) die();
        if (isDead) throw new FencedError('The worker is dead.');
        return method === 'open' ? dying(answer as object) : answer;
      });
    const doomed = { store: storingApart(dying(store)), stream: dying(stream), worker: () => worker };
    const executor = new RunExecutor({ ...parts, ...doomed });
    const result = await executor.execute(this.id, new AbortController().signal, true);
    if (!isDead) throw new Error(`The run did not crash ${when}: its attempt ended as ${JSON.stringify(result)}.`);
  }
}

/** Stores the last result on its own, so that the worker can die between it and the end of the run. */
function storingApart(store: RunStore): RunStore {
  const first = async (claim: RunClaim, last?: CompletedStep | null) => {
    if (last) await store.completeStep(claim, last.stepId, last.result, last.checkpoint);
  };
  const apart: Pick<RunStore, 'beginCompleting' | 'finishRun'> = {
    beginCompleting: (claim, last) => first(claim, last).then(() => store.beginCompleting(claim)),
    finishRun: (claim, outcome, message, last) =>
      first(claim, last).then(() => store.finishRun(claim, outcome, message)),
  };
  return new Proxy(store, { get: (of, name) => Reflect.get(name in apart ? apart : of, name) });
}

function afterEach<T extends object>(target: T, look: () => void): T {
  return wrapped(target, async (_method, _args, call) => {
    const answer = await call();
    look();
    return answer;
  });
}

/** The same object, with every method call passed through `around`. */
function wrapped<T extends object>(
  target: T,
  around: (method: string, args: unknown[], call: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get(of, property) {
      const member: unknown = Reflect.get(of, property);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => around(String(property), args, async () => Reflect.apply(member, of, args));
    },
  });
}
