/**
 * The steps of one attempt: replays stored ones, executes and stores the others, retries failures, and waits for hooks and
 * sleeps. Steps are keyed by name and occurrence, and results reach the agent in commit order.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { type HookEvent, hookPart, type JsonValue, type RunErrorInfo, type StepId } from '#libs/contracts';
import type { WorkflowGraph } from '#libs/graph';
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
  CompletedStep,
  RunClaim,
  RunStore,
  SettledWait,
  StartedStep,
  StepResult,
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
  /** The graph that came with the claim, until this attempt edits it. Only the holder of a claim can. */
  claimedGraph: WorkflowGraph | null;
  /** Reports to operators a failure whose details neither the run nor the model gets. */
  reportFailure(fields: { stepId: StepId; err: unknown; [field: string]: unknown }, message: string): void;
}

/** How a worker waits. A test may let time pass at once. */
export interface StepPatience {
  /** Waits between two tries of a step, in milliseconds; rejects with the signal's reason when it fires. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a replay waits for an agent that does not ask for its next step. Default: see the timings. */
  replayPatience?: ReplayPatience;
}

/** A result that somebody else stores, together with what follows it. Later commits wait until that is done. */
export interface ResultInHand {
  readonly completed: CompletedStep;
  /** To be called when it is stored. */
  kept(): void;
}

export interface StepRunnerListener {
  /** Called when the attempt cannot continue, so that an agent cannot prevent its end by catching the error. */
  onLost(error: unknown): void;
  /** Called when the agent only waits for hooks and sleeps. */
  onIdle(): void;
}

/** A result that the agent was given in this turn of the event loop, and that what follows is stored with. */
interface FreshResult extends CompletedStep {
  /** Resolves with the next start, with who else stores it, or with `null` when the agent asked for nothing. */
  readonly next: PromiseWithResolvers<StepStart | 'caller' | null>;
  /** Resolves when that other one has stored it. */
  readonly kept: PromiseWithResolvers<void>;
  /** Resolves when both are stored. */
  readonly started: Promise<StartedStep>;
}

export class StepRunner {
  private readonly history: ReplayHistory;
  private readonly pause: NonNullable<StepPatience['pause']>;
  private readonly occurrences = new Map<string, number>();
  private readonly waiting = new Map<StepId, PromiseWithResolvers<StoredStep>>();
  private readonly insideStep = new AsyncLocalStorage<true>();
  /** Steps being replayed, executed or opened. */
  private busy = 0;
  private closed = false;
  /** How many results and failures the agent has been given. */
  private given = 0;
  private commits: Promise<unknown> = Promise.resolve();
  private fresh: FreshResult | null = null;
  /** Settles when the last result that the agent was given is stored, and so are all before it. */
  private unstored: Promise<unknown> = Promise.resolve();

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

  /** The stored result, or the result of executing the step now. Rejects with `StepError` when the step failed for good. */
  run<T extends JsonValue>(request: StepRequest<T>): Promise<T> {
    const start = this.startOf(request);
    return this.counted(
      this.whileBusy(async () => {
        const stored = await this.reporting(() => this.history.take(start));
        return stored ? (resultOf(stored) as T) : this.executeUntilStored(request, start);
      }),
    );
  }

  /** The stored result, or the result of the wait when it is over. Rejects with `StepError` or `HookExpiredError`. */
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
   * Rejects the first time, with a `StepError` with `error`'s code; resolves once a person has retried the run. It is a
   * step, so a retry executes it again, as it does every step that ended its run, and replays everything before it.
   */
  async failUntilRetried(name: string, error: Error): Promise<void> {
    await this.run({
      name,
      kind: 'FUNCTION',
      input: null,
      execute: async ({ tryNumber }) => {
        // A fatal failure is not retried automatically, so a second try means that a person has retried the run.
        if (tryNumber === 1) throw error;
        return { output: null, usage: null, announce: [] };
      },
    });
  }

  /** Whether the agent only waits for hooks and sleeps, with nothing of it in progress here. */
  get isIdle(): boolean {
    return !this.closed && this.busy === 0 && this.waiting.size > 0 && !this.signal.aborted;
  }

  /** The hooks and sleeps that the agent waits for. */
  get waitingFor(): StepId[] {
    return [...this.waiting.keys()];
  }

  /** Whether the calling code runs inside a step, where I/O is allowed. */
  get isInsideStep(): boolean {
    return this.insideStep.getStore() === true;
  }

  /** Marks the agent as done: it waits for nothing any more. Throws when history holds steps that it did not ask for. */
  close(): void {
    this.closed = true;
    this.history.assertConsumed();
  }

  /**
   * Runs a commit under this claim after all earlier commits, so that the agent sees results in the order in which a replay
   * will hand them out. Rejects with the signal's reason when it fires before that.
   */
  inCommitOrder<T>(commit: () => Promise<T>): Promise<T> {
    const result = this.commits.then(() => {
      this.signal.throwIfAborted();
      return commit();
    });
    this.commits = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all commits queued so far have succeeded, failed or been refused. Never rejects. */
  async commitsSettled(): Promise<void> {
    await this.commits;
  }

  /**
   * Resolves when every result that the agent has been given is stored. Rejects with the signal's reason, because one that
   * cannot be stored ends the attempt.
   */
  async stored(): Promise<void> {
    await this.unstored;
    this.signal.throwIfAborted();
  }

  /**
   * The result that the agent was given in this turn of the event loop, for the caller to store, with every result before it
   * stored; `null` when all of them are.
   */
  async takeLast(): Promise<ResultInHand | null> {
    const { fresh } = this;
    if (!fresh) {
      await this.stored();
      return null;
    }
    this.fresh = null;
    fresh.next.resolve('caller');
    const { stepId, result, checkpoint, kept } = fresh;
    return { completed: { stepId, result, checkpoint }, kept: kept.resolve };
  }

  /** Settles waits that are over while other steps are still in progress. Never rejects. */
  async settleWaits(): Promise<void> {
    if (this.waiting.size === 0 || this.signal.aborted) return;
    try {
      await this.inCommitOrder(async () => this.deliver(await this.store.settleWaits(this.claim, this.waitingFor)));
    } catch (error) {
      this.listener.onLost(error);
    }
  }

  /** Hands settled waits to the agent, in order. Must be called in commit order. */
  async deliver(waits: readonly SettledWait[]): Promise<void> {
    for (const { stored, step, hook } of waits) {
      this.message.event({ type: 'step', step });
      if (hook) this.message.event({ type: 'hook', hook });
      this.waiting.get(stored.id)?.resolve(stored);
      this.waiting.delete(stored.id);
      await setImmediate();
    }
    // The agent may need several of its waits to continue. Any suspension is queued in commit order after this.
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

  /** A replay does not execute the inside of a stored step, so it would never ask for the inner step. */
  private refuseNested(name: string): never {
    const error = new FatalError(
      'STEP_FAILED',
      `The agent started "${name}" inside another step or a tool, where no replay would find it. Start it before or behind that step.`,
    );
    this.listener.onLost(error);
    throw error;
  }

  /** Counts a result given to the agent. The agent need not await it, so a failure must not be an unhandled rejection. */
  private counted<T>(result: Promise<T>): Promise<T> {
    const given = result.finally(() => {
      this.given++;
    });
    given.catch(() => undefined);
    return given;
  }

  /** Keeps the run from being suspended while `work` is in progress. */
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
    await this.stored();
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

  /** Marks in the message where the run asks. Answers need not wait for the message lock, but suspending the run must. */
  private mark(hook: HookEvent['hook']): void {
    const marked = this.whileBusy(() =>
      this.message.lock.run(this.signal, async () => this.message.chunks([hookPart(hook)])),
    );
    // Fails only together with the attempt; the next one adds the mark again.
    marked.catch(() => undefined);
  }

  /** An agent continues in microtasks, so after one turn of the event loop it has asked for its next step. */
  private async lookForIdleness(): Promise<void> {
    if (!this.isIdle) return;
    await setImmediate();
    if (this.isIdle) this.listener.onIdle();
  }

  private async executeUntilStored<T extends JsonValue>(request: StepRequest<T>, start: StepStart): Promise<T> {
    // The pause after a try that failed in this loop has already been waited out here.
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

  /** Waits first if an earlier attempt left the step in a pause between two tries. */
  private async startWhenDue(start: StepStart): Promise<StartedStep> {
    this.signal.throwIfAborted();
    const started = await this.started(start);
    this.message.event({ type: 'step', step: started.step });
    if (started.pauseMs === null) return started;
    await this.pause(Math.min(started.pauseMs, timings.retryAfterMaxMs), this.signal);
    return this.startWhenDue({ ...start, pauseIsOver: true });
  }

  /** Starts a step: together with the result before it, or else after all results that the agent has been given. */
  private async started(start: StepStart): Promise<StartedStep> {
    const { fresh } = this;
    if (fresh) {
      // One start only: others wait until it is stored.
      this.fresh = null;
      fresh.next.resolve(start);
      return fresh.started;
    }
    await this.stored();
    return this.reporting(() => this.store.startStep(this.claim, start));
  }

  /**
   * Stores a result whose chunks are in the stream by now, if it has any. Resolves when the agent may be given it, which is
   * before it is stored if nothing else is in progress: whatever the agent does next waits for that, and its next start is
   * stored together with it.
   */
  private storeSoon(stepId: StepId, result: StepResult, isStreamed: boolean): Promise<void> {
    const given = Promise.withResolvers<void>();
    const next: FreshResult['next'] = Promise.withResolvers();
    const kept = Promise.withResolvers<void>();
    const started = Promise.withResolvers<StartedStep>();
    const stored = this.inCommitOrder(async () => {
      // The agent must have seen the results before this one, as it will have in a replay.
      await setImmediate();
      const completed = { stepId, result, checkpoint: isStreamed ? this.message.checkpoint() : null };
      const fresh = { ...completed, next, kept, started: started.promise };
      // A step in progress beside this one could act on the result.
      if (this.busy === 1) {
        this.fresh = fresh;
        this.unstored = stored.catch(() => undefined);
        given.resolve();
        // An agent continues in microtasks, so after one turn of the event loop it has asked for its next step.
        void setImmediate().then(() => {
          if (this.fresh === fresh) this.fresh = null;
          next.resolve(null);
        });
      } else {
        next.resolve(null);
      }
      const start = await next.promise;
      if (start === 'caller') return abortable(kept.promise, this.signal);
      if (start === null) {
        const step = await this.store.completeStep(this.claim, stepId, result, completed.checkpoint);
        this.message.event({ type: 'step', step });
        given.resolve();
        return;
      }
      const both = await this.store.completeAndStartStep(this.claim, completed, start);
      this.message.event({ type: 'step', step: both.completed });
      started.resolve(both.started);
    });
    stored.catch((error: unknown) => {
      this.listener.onLost(error);
      given.reject(error);
      started.reject(error);
    });
    // Nobody may be waiting for it.
    started.promise.catch(() => undefined);
    return given.promise;
  }

  /** If `work` rejects, the attempt ends, whatever the agent does with the error. */
  private async reporting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.listener.onLost(error);
      throw error;
    }
  }

  private async executeAndStore<T extends JsonValue>(request: StepRequest<T>, started: StartedStep): Promise<T> {
    this.signal.throwIfAborted();
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
    const { output, usage, announce, streamed } = storableValue(request.name, value);
    if (announce.length === 0) {
      if (streamed) await this.message.flush();
      await this.storeSoon(started.step.id, { output, chunks: streamed ?? [], usage }, streamed !== undefined);
      return output;
    }
    return this.locked(async () => {
      const fitting = this.message.fitting(announce);
      const result = { output, chunks: fitting, usage };
      const step = await this.store.completeStep(this.claim, started.step.id, result, null);
      this.message.send(fitting);
      this.message.event({ type: 'step', step });
      return output;
    });
  }

  /** Keeps chunks in the message in commit order. The lock is taken first, because its holder may still have to commit. */
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

/** Real waiting, as workers do. */
const realTime = (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal });

/** Returns or throws the same in a replay as in the original attempt. */
function resultOf(stored: StoredStep): JsonValue {
  if (stored.error === null) return stored.output;
  const expired = stored.kind === 'HOOK' && stored.error.code === 'HOOK_EXPIRED';
  throw expired ? new HookExpiredError(stored, stored.error) : new StepError(stored, stored.error);
}
