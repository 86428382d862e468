/**
 * One attempt at a run, from the claim to the terminal event. Owns what every way out of an attempt means; talks to
 * ports only.
 */
import {
  closingChunks,
  type RunId,
  type RunStatus,
  type StatusEvent,
  type UIMessageChunk,
  workflowStatusFor,
} from '#libs/contracts';
import type { AgentContext, AgentDefinition } from './agent.js';
import type { AgentRegistry } from './agent-registry.js';
import { FatalError, FencedError, OutputLimitError, StreamLostError, toRunError } from './errors.js';
import { type GenerateEnvironment, generate } from './generate.js';
import { MessageStream } from './message-stream.js';
import type { ModelTimeouts } from './model-call.js';
import type { ClaimedRun, RunClaim, RunOutcome, RunStore } from './ports/run-store.port.js';
import type { WorkflowStreamWriter } from './ports/workflow-stream.port.js';
import { StepRunner } from './step-runner.js';
import { guardStore, StoreUnavailableError } from './store-guard.js';
import { timings } from './timings.js';

/** Why an attempt is asked to stop. */
export type StopReason = 'shutdown' | 'canceled' | 'lease-lost';

/** The reason to abort an attempt's signal with. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  constructor(readonly reason: StopReason) {
    super(`The attempt was stopped: ${reason}.`);
  }
}

/** How an attempt ended, as the queue needs to know it. */
export type AttemptResult =
  /** Terminal, or somebody else's: the job is done. */
  | { kind: 'finished'; status: RunStatus | null }
  /** A later claim holds the run. */
  | { kind: 'fenced' }
  /** Handed back on shutdown: deliver it again. */
  | { kind: 'released' }
  /** The stream vanished: execute again at once, under a new epoch. */
  | { kind: 'stream-lost' };

export interface ExecutorLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface RunExecutorOptions {
  store: RunStore;
  stream: WorkflowStreamWriter;
  agents: AgentRegistry;
  logger: ExecutorLogger;
  modelTimeouts?: ModelTimeouts;
}

export class RunExecutor {
  private readonly options: RunExecutorOptions;

  constructor(options: RunExecutorOptions) {
    this.options = { ...options, store: guardStore(options.store) };
  }

  /**
   * Claims the run and drives it to an end. Safe to call for a run in any state, any number of times, from any process.
   * Abort `signal` with an `AttemptStopped`. Rejects only when Postgres or Redis cannot be reached: the run is then
   * left for another delivery.
   */
  async execute(runId: RunId, signal: AbortSignal): Promise<AttemptResult> {
    const claimed = await this.options.store.claimRun(runId);
    if (claimed.kind === 'nothing-to-do') return { kind: 'finished', status: null };
    const attempt = new Attempt(this.options, claimed.run, signal);
    if (claimed.kind === 'exhausted') return attempt.announceFailure(claimed.error);
    return attempt.run();
  }
}

class Attempt {
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly claim: RunClaim;
  private readonly log: Record<string, unknown>;

  constructor(
    private readonly options: RunExecutorOptions,
    private readonly claimed: ClaimedRun,
    outer: AbortSignal,
  ) {
    this.claim = claimed.claim;
    this.signal = AbortSignal.any([outer, this.stop.signal]);
    const { runId, workflowId, epoch, attempt } = this.claim;
    this.log = { runId, workflowId, epoch, attempt };
  }

  async run(): Promise<AttemptResult> {
    this.options.logger.info({ ...this.log, agent: this.claimed.agent }, 'run claimed');
    const message = await this.openStream();
    if (!message) return { kind: 'fenced' };
    const heartbeat = setInterval(() => void this.beat(), timings.heartbeatMs);
    try {
      return await this.drive(message);
    } finally {
      clearInterval(heartbeat);
      await message.stop();
    }
  }

  /** Ends a run that Postgres has failed already: viewers still have to be told. */
  async announceFailure(error: StatusEvent['error']): Promise<AttemptResult> {
    const message = await this.openStream();
    if (!message) return { kind: 'fenced' };
    try {
      await this.closeStream(message, 'FAILED', error);
      return { kind: 'finished', status: 'FAILED' };
    } finally {
      await message.stop();
    }
  }

  private async openStream(): Promise<MessageStream | null> {
    const { store, stream } = this.options;
    try {
      return await MessageStream.open(this.claimed, store, stream, (error) => this.stop.abort(error));
    } catch (error) {
      if (error instanceof FencedError) return null;
      throw error;
    }
  }

  private async drive(message: MessageStream): Promise<AttemptResult> {
    try {
      message.event(statusEvent(this.claim, 'RUNNING'));
      const completion = await this.runAgent(message);
      message.chunks([{ type: 'finish', finishReason: 'stop' }]);
      return await this.finish(message, { status: 'SUCCEEDED', ...completion });
    } catch (thrown) {
      return this.handleFailure(message, this.causeOf(thrown));
    }
  }

  /** An aborted signal explains whatever was thrown because of it. */
  private causeOf(thrown: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : thrown;
  }

  private async runAgent(message: MessageStream) {
    const agent = this.findAgent();
    const { store, modelTimeouts } = this.options;
    const steps = new StepRunner(this.claim, store, message, this.signal, this.claimed.steps);
    const environment: GenerateEnvironment = {
      claim: this.claim,
      store,
      steps,
      message,
      signal: this.signal,
      timeouts: modelTimeouts ?? {
        totalMs: timings.modelTotalMs,
        firstChunkMs: timings.modelFirstChunkMs,
        idleMs: timings.modelIdleMs,
      },
      toolTimeoutMs: timings.toolTotalMs,
    };
    const context = this.contextFor(environment);
    await agent.run(context);
    await message.flush();
    await store.beginCompleting(this.claim);
    message.event(statusEvent(this.claim, 'COMPLETING'));
    const completion = await agent.complete(context);
    steps.assertHistoryConsumed();
    return completion;
  }

  private findAgent(): AgentDefinition {
    const agent = this.options.agents.find(this.claimed.agent);
    if (!agent) throw new FatalError('UNKNOWN_AGENT');
    return agent;
  }

  private contextFor(environment: GenerateEnvironment): AgentContext {
    const { claimed, signal } = this;
    const { steps, store } = environment;
    return {
      runId: claimed.claim.runId,
      workflowId: claimed.claim.workflowId,
      prompt: claimed.prompt,
      conversation: claimed.conversation,
      title: claimed.title,
      attempt: claimed.claim.attempt,
      signal,
      step: (name, execute) =>
        steps.run({
          name,
          kind: 'FUNCTION',
          input: null,
          execute: async (execution) => ({
            output: (await execute(execution)) ?? (null as never),
            chunks: [],
            usage: null,
            announce: [],
          }),
        }),
      generate: (options) => generate(environment, options),
      graph: () => store.readGraph(claimed.claim),
      emit: async (name, chunks: UIMessageChunk[]) => {
        await steps.run({
          name,
          kind: 'FUNCTION',
          input: null,
          execute: async () => ({ output: null, chunks, usage: null, announce: chunks }),
        });
      },
    };
  }

  private async finish(message: MessageStream, outcome: RunOutcome): Promise<AttemptResult> {
    await flushWhatFits(message);
    await message.stop();
    const won = await this.options.store.finishRun(this.claim, outcome, message.checkpoint());
    if (!won) return { kind: 'fenced' };
    const error = outcome.status === 'FAILED' ? outcome.error : null;
    this.options.logger.info({ ...this.log, status: outcome.status, error: error?.code }, 'run finished');
    await this.closeStream(message, outcome.status, error);
    return { kind: 'finished', status: outcome.status };
  }

  /** The result stands in Postgres; if the stream cannot be told now, the reconciler tells it. */
  private async closeStream(message: MessageStream, status: RunStatus, error: StatusEvent['error']): Promise<void> {
    try {
      await message.close(statusEvent(this.claim, status, error, true));
      await this.options.store.markStreamClosed(this.claim);
    } catch (cause) {
      this.options.logger.warn({ ...this.log, err: cause }, 'the terminal event is left to the reconciler');
    }
  }

  private async handleFailure(message: MessageStream, cause: unknown): Promise<AttemptResult> {
    if (cause instanceof FencedError || (cause instanceof AttemptStopped && cause.reason !== 'shutdown')) {
      this.options.logger.warn({ ...this.log, cause: cause.message }, 'attempt stopped, it holds the run no more');
      return { kind: 'fenced' };
    }
    if (cause instanceof AttemptStopped) return this.release(message);
    if (cause instanceof StreamLostError) return { kind: 'stream-lost' };
    if (cause instanceof StoreUnavailableError) throw cause;
    if (!isOutcome(cause)) {
      this.options.logger.error({ ...this.log, err: cause }, 'run failed on an error that its agent does not know');
    }
    try {
      await flushWhatFits(message);
      message.chunks(closingChunks(message.checkpoint().chunks, 'error'));
      return await this.finish(message, { status: 'FAILED', error: toRunError(cause) });
    } catch (error) {
      if (error instanceof FencedError) return { kind: 'fenced' };
      if (error instanceof StreamLostError) return { kind: 'stream-lost' };
      throw error;
    }
  }

  private async release(message: MessageStream): Promise<AttemptResult> {
    try {
      await message.flush();
      await this.options.store.checkpoint(this.claim, message.checkpoint());
      await this.options.store.releaseRun(this.claim);
      this.options.logger.info(this.log, 'run handed back');
      return { kind: 'released' };
    } catch (error) {
      if (error instanceof FencedError) return { kind: 'fenced' };
      throw error;
    }
  }

  private async beat(): Promise<void> {
    try {
      const held = await this.options.store.heartbeat(this.claim);
      if (!held) this.stop.abort(new FencedError('A later claim holds the workflow.'));
    } catch (error) {
      this.options.logger.warn({ ...this.log, err: error }, 'heartbeat failed');
    }
  }
}

/** Past a cap nothing can be appended any more, and the run ends with what stands in the stream. */
async function flushWhatFits(message: MessageStream): Promise<void> {
  try {
    await message.flush();
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error;
  }
}

/** Whether an error is a way for a run to end, not a fault of the code. */
function isOutcome(error: unknown): boolean {
  return error instanceof OutputLimitError || toRunError(error).code !== 'INTERNAL';
}

function statusEvent(
  claim: RunClaim,
  runStatus: RunStatus,
  error: StatusEvent['error'] = null,
  terminal = false,
): StatusEvent {
  const { runId } = claim;
  const at = new Date().toISOString();
  return { type: 'status', runId, status: workflowStatusFor(runStatus), runStatus, error, terminal, at };
}
