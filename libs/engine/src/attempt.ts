/** One attempt at a run, from the opened epoch to its end, and what every way out of it means. */
import {
  type AttemptFailedEvent,
  type AttemptLoss,
  type AttemptLossCause,
  type activeRunStatuses,
  attemptLossMessage,
  closingChunks,
  type RunStatus,
  type StatusEvent,
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
import { type StepPatience, StepRunner } from './step-runner.js';
import { timings } from './timings.js';

/** What runs are executed with: the adapters behind the ports, the agents, a logger. */
export interface RunExecutorOptions extends StepPatience {
  store: RunStore;
  stream: WorkflowStreamWriter;
  agents: AgentRegistry;
  logger: ExecutorLogger;
  /** The name under which this process is alive, as of now. Without one, runs are not protected from other claims. */
  worker?: () => WorkerId;
  modelTimeouts?: ModelTimeouts;
  /** Milliseconds for one call of a tool. */
  toolTimeoutMs?: number;
  /** What the tokens of hooks are derived from. Whoever shows or checks them needs the same. */
  hookSecret: string;
}

/** The reason to abort an attempt's signal with when its process is to end: the run is handed back. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  constructor() {
    super('The attempt was stopped, because its process is to end.');
  }
}

/** How an attempt ended, as the queue needs to know it. */
export type AttemptResult =
  /** Terminal; `null` when there was nothing to do. The job is done. */
  | { kind: 'finished'; status: RunStatus | null }
  /** Somebody else holds the run, or has ended it. */
  | { kind: 'fenced' }
  /** Not claimed: the run is executed by nobody who has anything else under way. */
  | { kind: 'alone-only' }
  /** Handed back: queued again after so many attempts. Deliver it again. */
  | { kind: 'released'; attempts: number }
  /**
   * Waiting for the outside, which delivers the run again. In `wakeInMs` it goes on by itself; `null` when it does not.
   */
  | { kind: 'suspended'; wakeInMs: number | null };

/** Nothing of the run is under way any more, and Postgres has it as WAITING. */
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
  /** What branches are stopped with that the agent left running. It is no cause of anything else. */
  private readonly ended = new FencedError('The attempt has ended.');
  private readonly signal: AbortSignal;
  private checking: Promise<void> | null = null;
  private steps: StepRunner | null = null;
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

  /** Asks Postgres whether the claim still holds, and stops when it does not. Never rejects. */
  checkClaim(): Promise<void> {
    const { claim } = this;
    this.checking ??= this.options.store
      .holds(claim)
      .then((held) => {
        // While the stream is opened, another epoch may be granted in place of the claim's.
        if (!held && this.isOpen && claim === this.claim)
          this.stop.abort(new FencedError('The run is not held by this claim any more.'));
      })
      .catch((error: unknown) =>
        this.options.logger.warn({ ...this.log, err: error }, 'not looked whether the run is still held'),
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
        logger.warn({ ...this.log, types, count: chunks.length }, 'chunks were left out that no reader could fold');
      },
    });
  }

  /** Whatever an agent left running must not write any more. */
  private endBranches(): void {
    this.stop.abort(this.ended);
  }

  /** A commit under way may stand in Postgres already, so what it adds has to stand in the message before its end. */
  private async endCommits(): Promise<void> {
    this.endBranches();
    await this.steps?.commitsSettled();
  }

  /**
   * The `finish` chunk is appended before Postgres decides how the run ends, so that the stored message and its cursor
   * agree. When a cancel wins, its own closing chunks follow; the terminal event alone tells the end.
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
        this.options.logger.error({ ...this.log, err: cause }, 'run failed on an error that its agent does not know');
      }
      outcome = { status: 'FAILED', error: toRunError(cause), failedStepIds: failedStepsOf(cause) };
    }
    await this.endCommits();
    await flushWhatFits(message);
    // Also an agent that succeeds may have left a branch alone that was still adding to the message.
    message.finish(closingChunks(message.checkpoint().chunks, outcome.status === 'FAILED' ? 'error' : 'stop'));
    return this.finish(message, outcome);
  }

  /** A signal that was aborted before the attempt ended explains whatever was thrown because of it. */
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
    const environment = { claim, store, steps, message, timeouts, toolTimeoutMs, hookSecret, reportFailure };
    const context = createAgentContext(claimed, environment, signal);
    await abortable(agent.run(context), signal);
    await steps.whileBusy(async () => {
      await message.flush();
      const since = await store.beginCompleting(claim);
      message.event(statusEvent(claim, 'COMPLETING', since));
    });
    const completion = await abortable(agent.complete(context), signal);
    steps.close();
    return completion;
  }

  /** Gives the worker free while the agent does nothing but wait, unless something that it waits for has happened. */
  private async suspend(steps: StepRunner, message: MessageStream): Promise<void> {
    try {
      await message.flush();
      if (!steps.isIdle) return;
      await steps.inCommitOrder(async () => {
        // What was committed ahead of this may have set the agent going.
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
    await flushWhatFits(message);
    await message.stop();
    const end = await this.options.store.finishRun(this.claim, outcome, message.checkpoint());
    if (!end) return { kind: 'fenced' };
    const error = outcome.status === 'FAILED' ? outcome.error : null;
    this.options.logger.info({ ...this.log, status: outcome.status, error: error?.code }, 'run finished');
    await this.closeStream(message, end);
    return { kind: 'finished', status: outcome.status };
  }

  /** The result stands in Postgres; a terminal event that cannot be appended now is published by the reconciler. */
  private async closeStream(message: MessageStream, end: RunEnd): Promise<void> {
    try {
      const cursor = await message.close(end.events);
      await this.options.store.markStreamClosed(this.claim, cursor);
    } catch (cause) {
      this.options.logger.warn({ ...this.log, err: cause }, 'the terminal event is left to the reconciler');
    }
  }

  /** The ways out that do not end the run. Rejects when the store cannot be reached: the run has to be let go of later. */
  private async leave(message: MessageStream | null, cause: unknown): Promise<AttemptResult> {
    if (cause instanceof FencedError) {
      this.options.logger.warn({ ...this.log, cause: cause.message }, 'attempt ended: it holds the run no more');
      return { kind: 'fenced' };
    }
    if (cause instanceof RunSuspended) return this.leaveWaiting(message, cause);
    const loss = lossOf(cause);
    this.endBranches();
    await message?.stop();
    try {
      // What stands in the stream is exact as it is; waiting for more could take as long as Redis is away.
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

  /** Whoever resumes the run takes an epoch of its own; if that has happened already, viewers know more than this. */
  private async leaveWaiting(message: MessageStream | null, { at, wakeInMs }: RunSuspended): Promise<AttemptResult> {
    this.options.logger.info({ ...this.log, wakeInMs }, 'run waits and holds no worker');
    try {
      message?.event(statusEvent(this.claim, 'WAITING', at));
      await message?.flush();
    } catch (error) {
      if (!(error instanceof FencedError)) {
        this.options.logger.warn({ ...this.log, err: error }, 'viewers learn of the wait from their next snapshot');
      }
    }
    return { kind: 'suspended', wakeInMs };
  }
}

/** Whether an error is an end of the run itself, not of this attempt only. */
function endsRun(error: unknown): boolean {
  return !(tellsNothingOfTheRun(error) || error instanceof RunSuspended || error instanceof AttemptStopped);
}

/** Past a cap nothing but the end can be appended any more: the run ends with what stands in the stream. */
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

/** Of a run that goes on. */
function statusEvent({ runId }: RunClaim, runStatus: (typeof activeRunStatuses)[number], at: string): StatusEvent {
  return { type: 'status', runId, status: workflowStatusFor(runStatus), runStatus, error: null, terminal: false, at };
}
