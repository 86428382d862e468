/** One attempt at a run, from the opened epoch to its end, and what each way to end it means. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttemptFailedEvent,
  type AttemptLoss,
  type AttemptLossCause,
  type activeRunStatuses,
  attemptLossMessage,
  type RunStatus,
  type StatusEvent,
  type StepSummary,
  type WorkerId,
  workflowStatusFor,
} from '#libs/contracts';
import { abortable } from './abortable.js';
import type { AgentDefinition, Completion } from './agent.js';
import { createAgentContext } from './agent-context.js';
import type { AgentRegistry } from './agent-registry.js';
import {
  FatalError,
  FencedError,
  failedStepsOf,
  OutputLimitError,
  StoreUnavailableError,
  StreamLostError,
  tellsNothingOfTheRun,
  toRunError,
} from './errors.js';
import { MessageStream } from './message-stream.js';
import { defaultModelTimeouts, type ModelTimeouts } from './model-call.js';
import type { ExecutorLogger } from './ports/logger.port.js';
import type { ClaimedRun, RunClaim, RunOutcome, RunStore } from './ports/run-store.port.js';
import type { RunEnd, WorkflowStreamWriter } from './ports/workflow-stream.port.js';
import { type AttemptEnvironment, type ResultInHand, type StepPatience, StepRunner } from './step-runner.js';
import { timings } from './timings.js';

/** What runs are executed with: the adapters of the ports, the agents, a logger. */
export interface RunExecutorOptions extends StepPatience {
  store: RunStore;
  stream: WorkflowStreamWriter;
  agents: AgentRegistry;
  logger: ExecutorLogger;
  /** The current id of this worker process. Without one, other claims can take over its runs. */
  worker?: () => WorkerId;
  modelTimeouts?: ModelTimeouts;
  /** Time limit of one tool call, in milliseconds. */
  toolTimeoutMs?: number;
  /** The secret from which hook tokens are derived. Processes that show or check tokens need the same one. */
  hookSecret: string;
}

/** The reason to abort an attempt's signal with when its process shuts down: the run is handed back. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  constructor() {
    super('The attempt was stopped, because its process is to end.');
  }
}

/** How an attempt ended, as the queue needs to know it. */
export type AttemptResult =
  /** The run has ended; `null` when there was nothing to do. The job is done. */
  | { kind: 'finished'; status: RunStatus | null }
  /** Another claim holds the run, or it has been ended elsewhere. */
  | { kind: 'fenced' }
  /** Not claimed: only a process with no other run in progress may execute it. */
  | { kind: 'alone-only' }
  /** Handed back: requeued after this many attempts. Must be delivered again. */
  | { kind: 'released'; attempts: number }
  /** Waiting; the event that ends the wait delivers the run again. It resumes by itself in `wakeInMs`; never if `null`. */
  | { kind: 'suspended'; wakeInMs: number | null };

/** Nothing of the run is in progress any more, and Postgres has it as WAITING. */
class RunSuspended extends Error {
  override readonly name = 'RunSuspended';
  constructor(
    readonly at: string,
    readonly wakeInMs: number | null,
  ) {
    super('The run waits for the outside.');
  }
}

export class Attempt {
  private readonly stop = new AbortController();
  /** Stops branches that the agent left running. This reason never counts as the cause of an error. */
  private readonly ended = new FencedError('The attempt has ended.');
  private readonly signal: AbortSignal;
  private checking: Promise<void> | null = null;
  private steps: StepRunner | null = null;
  /** The result that the agent was given last, when it is to be stored together with the end of the run. */
  private last: ResultInHand | null = null;
  private isOpen = false;

  constructor(
    private readonly options: RunExecutorOptions,
    private claimed: ClaimedRun,
    outer: AbortSignal,
  ) {
    this.signal = AbortSignal.any([outer, this.stop.signal]);
  }

  private get claim(): RunClaim {
    return this.claimed.claim;
  }

  private get log(): Record<string, unknown> {
    const { runId, workflowId, epoch, attempt } = this.claim;
    return { runId, workflowId, epoch, attempt };
  }

  async run(): Promise<AttemptResult> {
    this.options.logger.info({ ...this.log, agent: this.claimed.agent }, 'run claimed');
    const check = setInterval(() => {
      void this.checkClaim();
      void this.steps?.settleWaits();
    }, timings.claimCheckMs);
    let message: MessageStream | null = null;
    try {
      message = await this.openStream();
      this.claimed = { ...this.claimed, claim: message.claim };
      this.isOpen = true;
      return await this.drive(message);
    } catch (error) {
      return await this.leave(message, this.causeOf(error));
    } finally {
      clearInterval(check);
      this.endBranches();
      await message?.stop();
    }
  }

  /** Asks Postgres whether the claim still holds, and stops the attempt when it does not. Never rejects. */
  checkClaim(): Promise<void> {
    const { claim } = this;
    this.checking ??= this.options.store
      .holds(claim)
      .then((held) => {
        // While the stream is being opened, another epoch may be granted in place of the claim's.
        if (!held && this.isOpen && claim === this.claim)
          this.stop.abort(new FencedError('The run is not held by this claim any more.'));
      })
      .catch((error: unknown) =>
        this.options.logger.warn({ ...this.log, err: error }, 'could not check whether the run is still held'),
      )
      .finally(() => {
        this.checking = null;
      });
    return this.checking;
  }

  private openStream(): Promise<MessageStream> {
    const { store, stream, logger } = this.options;
    return MessageStream.open(this.claimed, store, stream, {
      onFailure: (error) => this.stop.abort(error),
      onUnfoldable: (chunks) => {
        const types = [...new Set(chunks.map(({ type }) => type))];
        logger.warn({ ...this.log, types, count: chunks.length }, 'chunks that no reader could fold were left out');
      },
    });
  }

  /** Branches that the agent left running must not write any more. */
  private endBranches(): void {
    this.stop.abort(this.ended);
  }

  /**
   * A commit in progress may have reached Postgres already, so its chunks must get into the message before the message
   * ends.
   */
  private async endCommits(): Promise<void> {
    this.endBranches();
    await this.steps?.commitsSettled();
  }

  /**
   * The `finish` chunk is appended before Postgres decides how the run ends, so that the stored message and its cursor
   * agree. When a cancel wins, its own closing chunks follow; only the terminal event tells how the run ended.
   */
  private async drive(message: MessageStream): Promise<AttemptResult> {
    const { claimedAt, lost } = this.claimed;
    message.event(statusEvent(this.claim, 'RUNNING', claimedAt));
    if (lost) message.event(lossEvent(this.claim, lost));
    let outcome: RunOutcome;
    try {
      outcome = { status: 'SUCCEEDED', ...(await this.runAgent(message)) };
    } catch (thrown) {
      const cause = this.causeOf(thrown);
      if (!endsRun(cause)) throw cause;
      if (toRunError(cause).code === 'INTERNAL') {
        this.options.logger.error({ ...this.log, err: cause }, 'run failed with an unexpected error');
      }
      outcome = { status: 'FAILED', error: toRunError(cause), failedStepIds: failedStepsOf(cause) };
    }
    await this.endCommits();
    await this.storedIfLate(message, flushWhatFits(message));
    // Even when the agent succeeds, an unawaited branch may still have been adding to the message.
    message.finish(outcome.status === 'FAILED' ? 'error' : 'stop');
    return this.finish(message, outcome);
  }

  /** If the signal was aborted before the attempt ended, its reason is the cause of whatever was thrown. */
  private causeOf(thrown: unknown): unknown {
    const { aborted, reason } = this.signal;
    return aborted && reason !== this.ended ? reason : thrown;
  }

  private async runAgent(message: MessageStream): Promise<Completion> {
    const agent = this.findAgent();
    const { claim, claimed, signal } = this;
    const { store, modelTimeouts, toolTimeoutMs = timings.toolTotalMs } = this.options;
    const listener = {
      onLost: (error: unknown) => this.stop.abort(error),
      onIdle: () => void this.suspend(steps, message),
    };
    const steps = new StepRunner(claim, store, message, signal, listener, claimed, this.options);
    this.steps = steps;
    const timeouts = modelTimeouts ?? defaultModelTimeouts;
    const { hookSecret, logger } = this.options;
    const reportFailure = (fields: object, text: string) => logger.warn({ ...this.log, ...fields }, text);
    const parts = { claim, store, steps, message, timeouts, toolTimeoutMs, hookSecret, reportFailure };
    const environment: AttemptEnvironment = { ...parts, claimedGraph: claimed.graph };
    const context = createAgentContext(claimed, environment, signal);
    await abortable(agent.run(context), signal);
    let completion: Completion = { title: null, saveRevision: false };
    if (agent.complete) {
      await steps.whileBusy(() => this.beginCompleting(steps, message));
      completion = await abortable(agent.complete(context), signal);
    }
    this.last = await steps.takeLast();
    steps.close();
    return completion;
  }

  private async beginCompleting(steps: StepRunner, message: MessageStream): Promise<void> {
    this.last = await steps.takeLast();
    await this.storedIfLate(message, message.flush());
    const { since, completed } = await this.options.store.beginCompleting(this.claim, this.last?.completed);
    this.lastIsStored();
    if (completed) message.event({ type: 'step', step: completed });
    message.event(statusEvent(this.claim, 'COMPLETING', since));
  }

  /** Waits for the stream. While Redis is slow or away, the last result is stored by itself, so that no crash can lose it. */
  private async storedIfLate(message: MessageStream, flushing: Promise<void>): Promise<void> {
    const patience = new AbortController();
    const late = delay(timings.resultInHandMs, true, { signal: patience.signal }).catch(() => false);
    try {
      if (!(await Promise.race([flushing, late]))) return;
      const step = await this.storeLast();
      if (step) message.event({ type: 'step', step });
      await flushing;
    } finally {
      patience.abort();
    }
  }

  /** Stores the result that was to be stored together with the end of the run. */
  private async storeLast(): Promise<StepSummary | null> {
    if (!this.last) return null;
    const { stepId, result, checkpoint } = this.last.completed;
    const step = await this.options.store.completeStep(this.claim, stepId, result, checkpoint);
    this.lastIsStored();
    return step;
  }

  /** A result that the store refuses for good must not keep the run from being released, and counted. */
  private async storeLastIfItCanBe(): Promise<void> {
    try {
      await this.storeLast();
    } catch (error) {
      if (tellsNothingOfTheRun(error)) throw error;
      this.options.logger.error({ ...this.log, err: error }, 'the last result cannot be stored');
    }
  }

  private lastIsStored(): void {
    this.last?.kept();
    this.last = null;
  }

  /** Frees the worker while the agent only waits, unless one of its waits is already over. */
  private async suspend(steps: StepRunner, message: MessageStream): Promise<void> {
    try {
      await message.flush();
      if (!steps.isIdle) return;
      await steps.inCommitOrder(async () => {
        // A commit that was queued before this one may have let the agent continue.
        if (!steps.isIdle) return;
        const result = await this.options.store.suspendRun(this.claim, steps.waitingFor, message.checkpoint());
        if (result.kind === 'suspended') this.stop.abort(new RunSuspended(result.at, result.wakeInMs));
        else await steps.deliver(result.waits);
      });
    } catch (error) {
      this.stop.abort(error);
    }
  }

  private findAgent(): AgentDefinition {
    const agent = this.options.agents.find(this.claimed.agent);
    if (!agent) throw new FatalError('UNKNOWN_AGENT');
    return agent;
  }

  private async finish(message: MessageStream, outcome: RunOutcome): Promise<AttemptResult> {
    await this.storedIfLate(message, flushWhatFits(message));
    await message.stop();
    const end = await this.options.store.finishRun(this.claim, outcome, message.final(), this.last?.completed);
    if (!end) return { kind: 'fenced' };
    const error = outcome.status === 'FAILED' ? outcome.error : null;
    this.options.logger.info({ ...this.log, status: outcome.status, error: error?.code }, 'run finished');
    await this.closeStream(message, end);
    return { kind: 'finished', status: outcome.status };
  }

  /** The result is stored in Postgres; the reconciler publishes a terminal event that cannot be appended now. */
  private async closeStream(message: MessageStream, end: RunEnd): Promise<void> {
    try {
      const cursor = await message.close(end.events);
      await this.options.store.markStreamClosed(this.claim, cursor);
    } catch (cause) {
      this.options.logger.warn(
        { ...this.log, err: cause },
        'the terminal event could not be published; the reconciler will',
      );
    }
  }

  /**
   * Handles the causes that do not end the run. Rejects when the store cannot be reached: the run then has to be released
   * later.
   */
  private async leave(message: MessageStream | null, cause: unknown): Promise<AttemptResult> {
    if (cause instanceof FencedError) {
      this.options.logger.warn({ ...this.log, cause: cause.message }, 'attempt ended: it no longer holds the run');
      return { kind: 'fenced' };
    }
    if (cause instanceof RunSuspended) return this.leaveWaiting(message, cause);
    const loss = lossOf(cause);
    // Results that the agent was given are stored before the run goes to somebody else.
    await this.endCommits();
    await message?.stop();
    try {
      await this.storeLastIfItCanBe();
      // The acknowledged part of the stream is exact; waiting for the rest could take as long as Redis is away.
      if (message) await this.options.store.checkpoint(this.claim, message.checkpoint());
      await this.options.store.releaseRun(this.claim, loss);
    } catch (error) {
      if (error instanceof FencedError) return { kind: 'fenced' };
      throw error;
    }
    if (loss === 'BROKE_OFF') this.options.logger.error({ ...this.log, err: cause }, 'attempt broke off');
    else this.options.logger.info({ ...this.log, loss, cause: String(cause) }, 'run handed back');
    return { kind: 'released', attempts: this.claim.attempt };
  }

  /** Resuming the run takes a new epoch. If that has already happened, viewers do not need this event. */
  private async leaveWaiting(message: MessageStream | null, { at, wakeInMs }: RunSuspended): Promise<AttemptResult> {
    this.options.logger.info({ ...this.log, wakeInMs }, 'run waits and has released its worker');
    try {
      message?.event(statusEvent(this.claim, 'WAITING', at));
      await message?.flush();
    } catch (error) {
      if (!(error instanceof FencedError)) {
        this.options.logger.warn(
          { ...this.log, err: error },
          'subscribers will learn of the wait from their next snapshot',
        );
      }
    }
    return { kind: 'suspended', wakeInMs };
  }
}

/** Whether an error ends the run itself, not just this attempt. */
function endsRun(error: unknown): boolean {
  return !(tellsNothingOfTheRun(error) || error instanceof RunSuspended || error instanceof AttemptStopped);
}

/** Past a size limit only the end can still be appended, so the run ends with what is in the stream. */
async function flushWhatFits(message: MessageStream): Promise<void> {
  try {
    await message.flush();
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error;
  }
}

function lossEvent({ runId }: RunClaim, { attempt, cause }: AttemptLoss): AttemptFailedEvent {
  const message = attemptLossMessage(cause);
  return { type: 'attempt-failed', runId, attempt, message, willRetry: true, nextRetryAt: null, cause };
}

/** Why the attempt is lost, when the run neither ended nor waits. */
function lossOf(cause: unknown): AttemptLossCause {
  if (cause instanceof AttemptStopped) return 'HANDED_BACK';
  return cause instanceof StreamLostError || cause instanceof StoreUnavailableError ? 'CUT_OFF' : 'BROKE_OFF';
}

/** The status event of a run that has not ended. */
function statusEvent({ runId }: RunClaim, runStatus: (typeof activeRunStatuses)[number], at: string): StatusEvent {
  return { type: 'status', runId, status: workflowStatusFor(runStatus), runStatus, error: null, terminal: false, at };
}
