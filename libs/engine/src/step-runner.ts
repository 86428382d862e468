/**
 * Steps of one attempt: replay what is stored, execute and store what is not, retry what may be retried, wait for what
 * comes from outside. Steps are keyed by name and occurrence, and results reach the agent in the order in which they were
 * committed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { type HookEvent, hookPart, type JsonValue, type RunErrorInfo, type StepId } from '#libs/contracts';
import { abortable } from './abortable.js';
import {
  FatalError,
  HookExpiredError,
  retryDelayMs,
  StepError,
  tellsNothingOfTheRun,
  toRunError,
  usageOfError,
} from './errors.js';
import type { MessageStream } from './message-stream.js';
import type { ModelTimeouts } from './model-call.js';
import type {
  ClaimedRun,
  RunClaim,
  RunStore,
  SettledWait,
  StartedStep,
  StepStart,
  StoredStep,
} from './ports/run-store.port.js';
import { ReplayHistory, type ReplayPatience } from './replay-history.js';
import { inputHash, type StepRequest, type StepRequestBase, storableValue, type WaitRequest } from './step.js';
import { timings } from './timings.js';

/** What the parts of one attempt share. */
export interface AttemptEnvironment {
  claim: RunClaim;
  store: RunStore;
  steps: StepRunner;
  message: MessageStream;
  timeouts: ModelTimeouts;
  toolTimeoutMs: number;
  hookSecret: string;
  /** Tells operators of a failure that neither the run nor the model is told of. */
  reportFailure(fields: { stepId: StepId; err: unknown; [field: string]: unknown }, message: string): void;
}

/** How a worker waits. A test may let time pass at once. */
export interface StepPatience {
  /** Waits out the milliseconds between two tries of a step, and rejects with the signal's reason when it fires. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a replay waits for an agent that does not ask for its next step; as the timings say unless told otherwise. */
  replayPatience?: ReplayPatience;
}

export interface StepRunnerListener {
  /** Told when the attempt cannot go on, so that an agent that catches the error cannot go on either. */
  onLost(error: unknown): void;
  /** Told when the agent does nothing but wait for the outside. */
  onIdle(): void;
}

export class StepRunner {
  private readonly history: ReplayHistory;
  private readonly pause: NonNullable<StepPatience['pause']>;
  private readonly occurrences = new Map<string, number>();
  private readonly waiting = new Map<StepId, PromiseWithResolvers<StoredStep>>();
  private readonly insideStep = new AsyncLocalStorage<true>();
  /** Steps that are replayed, executed or opened right now. */
  private busy = 0;
  private closed = false;
  /** How many results and failures the agent has been given. */
  private given = 0;
  private commits: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly claim: RunClaim,
    private readonly store: RunStore,
    private readonly message: MessageStream,
    private readonly signal: AbortSignal,
    private readonly listener: StepRunnerListener,
    { steps, asked }: Pick<ClaimedRun, 'steps' | 'asked'>,
    { pause = realTime, replayPatience }: StepPatience,
  ) {
    this.history = new ReplayHistory(steps, asked, replayPatience);
    this.pause = pause;
  }

  /** The stored result, or that of executing the step now. Rejects with `StepError` when the step failed for good. */
  run<T extends JsonValue>(request: StepRequest<T>): Promise<T> {
    const start = this.startOf(request);
    return this.counted(
      this.whileBusy(async () => {
        const stored = await this.reporting(() => this.history.take(start));
        return stored ? (resultOf(stored) as T) : this.executeUntilStored(request, start);
      }),
    );
  }

  /** The stored result, or what comes when the wait is over. Rejects with `StepError` or `HookExpiredError`. */
  wait(request: WaitRequest): Promise<JsonValue> {
    const start = this.startOf(request);
    const opened = this.whileBusy(async () => {
      const stored = await this.reporting(() => this.history.take(start));
      if (stored) return { stored, settled: null };
      this.signal.throwIfAborted();
      return { stored: null, settled: await this.openWait(request, start) };
    });
    return this.counted(
      opened.then(async ({ stored, settled }) => resultOf(stored ?? (await abortable(settled.promise, this.signal)))),
    );
  }

  /**
   * Rejects with a `StepError` of `error`'s code the first time; when a person has retried the run, resolves. A step, so a retry
   * executes it again like every step that ended its run, and replays everything before it.
   */
  async failUntilRetried(name: string, error: Error): Promise<void> {
    await this.run({
      name,
      kind: 'FUNCTION',
      input: null,
      execute: async ({ tryNumber }) => {
        // A fatal failure is not tried again by itself: whoever comes here once more was sent by a retry of the run.
        if (tryNumber === 1) throw error;
        return { output: null, chunks: [], usage: null, announce: [] };
      },
    });
  }

  /** Whether the agent waits for the outside and nothing of it is under way here. */
  get isIdle(): boolean {
    return !this.closed && this.busy === 0 && this.waiting.size > 0 && !this.signal.aborted;
  }

  /** The steps that the agent waits for. */
  get waitingFor(): StepId[] {
    return [...this.waiting.keys()];
  }

  /** Whether the code that asks runs inside a step, where I/O is allowed. */
  get isInsideStep(): boolean {
    return this.insideStep.getStore() === true;
  }

  /** The agent is done: nothing is waited for any more. Throws when history holds steps that it did not ask for. */
  close(): void {
    this.closed = true;
    this.history.assertConsumed();
  }

  /**
   * Runs what commits something under this claim behind everything committed before, so that the agent sees results in
   * the order in which a replay will hand them out. Rejects with the signal's reason when it fires before that.
   */
  inCommitOrder<T>(commit: () => Promise<T>): Promise<T> {
    const result = this.commits.then(() => {
      this.signal.throwIfAborted();
      return commit();
    });
    this.commits = result.catch(() => undefined);
    return result;
  }

  /** Resolves when what was queued for commit so far has been committed, has failed or was refused. Never rejects. */
  async commitsSettled(): Promise<void> {
    await this.commits;
  }

  /** Looks for waits that are over although other steps are still under way. Never rejects. */
  async settleWaits(): Promise<void> {
    if (this.waiting.size === 0 || this.signal.aborted) return;
    try {
      await this.inCommitOrder(async () => this.deliver(await this.store.settleWaits(this.claim, this.waitingFor)));
    } catch (error) {
      this.listener.onLost(error);
    }
  }

  /** Hands settled waits to the agent, in their order. To be called in commit order. */
  async deliver(waits: readonly SettledWait[]): Promise<void> {
    for (const { stored, step, hook } of waits) {
      this.message.event({ type: 'step', step });
      if (hook) this.message.event({ type: 'hook', hook });
      this.waiting.get(stored.id)?.resolve(stored);
      this.waiting.delete(stored.id);
      await setImmediate();
    }
    // An agent may need more than one of its waits to go on. Suspending takes its place in commit order behind this.
    if (waits.length > 0) void this.lookForIdleness();
  }

  private startOf(request: StepRequestBase): StepStart {
    const { name, kind, input, identity } = request;
    if (this.isInsideStep) this.refuseNested(name);
    const occurrence = this.occurrences.get(name) ?? 0;
    this.occurrences.set(name, occurrence + 1);
    const hash = inputHash(identity === undefined ? input : identity);
    return { name, occurrence, kind, input, inputHash: hash, askedAfter: this.given };
  }

  /** A replay does not run what stands inside a stored step, so it would never ask for the inner one. */
  private refuseNested(name: string): never {
    const error = new FatalError(
      'STEP_FAILED',
      `The agent started "${name}" inside another step or a tool, where no replay would find it. Start it before or behind that step.`,
    );
    this.listener.onLost(error);
    throw error;
  }

  /** What the agent is given. It may leave a step alone: a failure must not surface as an unhandled rejection. */
  private counted<T>(result: Promise<T>): Promise<T> {
    const given = result.finally(() => {
      this.given++;
    });
    given.catch(() => undefined);
    return given;
  }

  /** Keeps the run from being suspended while `work` is under way. */
  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
      void this.lookForIdleness();
    }
  }

  private async openWait(request: WaitRequest, start: StepStart): Promise<PromiseWithResolvers<StoredStep>> {
    const { step, hook } = await this.reporting(() => request.open(start));
    this.message.event({ type: 'step', step });
    if (hook) {
      this.message.event({ type: 'hook', hook });
      this.mark(hook);
    }
    const settled = Promise.withResolvers<StoredStep>();
    this.waiting.set(step.id, settled);
    return settled;
  }

  /** Marks in the message where the run asks. An answer need not wait for the lock; letting go of the run does. */
  private mark(hook: HookEvent['hook']): void {
    const marked = this.whileBusy(() =>
      this.message.lock.run(this.signal, async () => this.message.chunks([hookPart(hook)])),
    );
    // It fails only with the attempt; the next one marks the place anew.
    marked.catch(() => undefined);
  }

  /** An agent that goes on does so in microtasks; after one turn of the event loop it has asked for its next step. */
  private async lookForIdleness(): Promise<void> {
    if (!this.isIdle) return;
    await setImmediate();
    if (this.isIdle) this.listener.onIdle();
  }

  private async executeUntilStored<T extends JsonValue>(request: StepRequest<T>, start: StepStart): Promise<T> {
    // The pause behind a try that failed here is waited for here.
    for (let pauseIsOver = false; ; pauseIsOver = true) {
      const started = await this.startWhenDue({ ...start, pauseIsOver });
      try {
        return await this.executeAndStore(request, started);
      } catch (error) {
        if (tellsNothingOfTheRun(error)) this.listener.onLost(error);
        this.signal.throwIfAborted();
        await this.recordFailure(request, started, error);
      }
    }
  }

  /** An earlier attempt at the run may have left the step in the middle of a pause between two tries. */
  private async startWhenDue(start: StepStart): Promise<StartedStep> {
    this.signal.throwIfAborted();
    const started = await this.reporting(() => this.store.startStep(this.claim, start));
    this.message.event({ type: 'step', step: started.step });
    if (started.pauseMs === null) return started;
    await this.pause(Math.min(started.pauseMs, timings.retryAfterMaxMs), this.signal);
    return this.startWhenDue({ ...start, pauseIsOver: true });
  }

  /** What `work` rejects with ends the attempt, whatever the agent makes of it. */
  private async reporting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.listener.onLost(error);
      throw error;
    }
  }

  private async executeAndStore<T extends JsonValue>(request: StepRequest<T>, started: StartedStep): Promise<T> {
    const { commit } = request;
    if (commit) {
      return this.locked(async () => {
        const committed = await commit(started.step.id);
        committed.announce();
        this.message.event({ type: 'step', step: committed.step });
        return committed.output;
      });
    }
    const { tryNumber, failedTries } = started;
    const now = () => this.store.now();
    const execution = { stepId: started.step.id, tryNumber, failedTries, signal: this.signal, now };
    const value = await abortable(
      this.insideStep.run(true, () => request.execute(execution)),
      this.signal,
    );
    const { output, chunks, usage, announce } = storableValue(request.name, value);
    const streamed = announce.length === 0 && chunks.length > 0;
    if (streamed) await this.message.flush();
    const store = async () => {
      const checkpoint = streamed ? this.message.checkpoint() : null;
      const fitting = this.message.fitting(announce);
      const result = { output, chunks: streamed ? chunks : fitting, usage };
      const step = await this.store.completeStep(this.claim, started.step.id, result, checkpoint);
      this.message.send(fitting);
      this.message.event({ type: 'step', step });
      return output;
    };
    return value.announce.length > 0 ? this.locked(store) : this.inCommitOrder(store);
  }

  /** Chunks stand in the message in commit order. The lock comes first: whoever holds it may still have to commit. */
  private locked<T>(commit: () => Promise<T>): Promise<T> {
    return this.message.lock.run(this.signal, () => this.inCommitOrder(commit));
  }

  private async recordFailure<T extends JsonValue>(
    request: StepRequest<T>,
    started: StartedStep,
    cause: unknown,
  ): Promise<void> {
    const delayMs = retryDelayMs(cause, started.failedTries + 1, request.retries);
    const error: RunErrorInfo = toRunError(cause);
    await this.inCommitOrder(async () => {
      const chunks = delayMs === null ? (request.onFailure?.() ?? []) : [];
      const failure = { error, retryInMs: delayMs, chunks, usage: usageOfError(cause) };
      const { step, nextRetryAt } = await this.reporting(() =>
        this.store.failStepTry(this.claim, started.step.id, failure),
      );
      if (delayMs !== null) request.onRetry?.();
      this.message.event({ type: 'step', step });
      this.message.event({
        type: 'attempt-failed',
        runId: this.claim.runId,
        attempt: started.tryNumber,
        message: error.message,
        willRetry: delayMs !== null,
        nextRetryAt,
      });
    });
    if (delayMs === null) throw new StepError(started.step, error, { cause });
    await this.pause(delayMs, this.signal);
  }
}

/** The pauses of a worker. */
const realTime = (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal });

/** The same for a replay as for the attempt in which it happened. */
function resultOf(stored: StoredStep): JsonValue {
  if (stored.error === null) return stored.output;
  const expired = stored.kind === 'HOOK' && stored.error.code === 'HOOK_EXPIRED';
  throw expired ? new HookExpiredError(stored, stored.error) : new StepError(stored, stored.error);
}
