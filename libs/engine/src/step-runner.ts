/**
 * Steps of one attempt: replay what is stored, execute and store what is not, retry what may be retried. Owns the
 * keying of steps by name and occurrence and the check that a replay takes the path that history holds.
 */
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { JsonValue, RunErrorInfo, StepKind, StepSummary, UIMessageChunk, Usage } from '#libs/contracts';
import { abortable } from './abortable.js';
import { FatalError, FencedError, StreamLostError, toRunError } from './errors.js';
import type { MessageStream } from './message-stream.js';
import type { RunClaim, RunStore, StartedStep, StoredStep } from './ports/run-store.port.js';
import { retryDelayMs } from './retry-policy.js';
import type { StepExecution } from './step-execution.js';
import { StoreUnavailableError } from './store-guard.js';

/** What one execution of a step hands over to be stored. */
export interface StepValue<T extends JsonValue> {
  output: T;
  /** Compacted chunks that the step added to the message. */
  chunks: UIMessageChunk[];
  usage: Usage | null;
  /** Chunks that are appended to the stream once the step is stored; empty when they were streamed while it ran. */
  announce: UIMessageChunk[];
}

export interface StepRequest<T extends JsonValue> {
  name: string;
  kind: StepKind;
  input: JsonValue;
  execute(execution: StepExecution): Promise<StepValue<T>>;
  /** Called before another try, to take back what the failed one has streamed. */
  onRetry?(): void;
  /**
   * Stores the result in a way of its own (a graph edit) instead of `execute`'s; it commits the step itself.
   */
  commit?(stepId: StepSummary['id']): Promise<{ step: StepSummary; output: T; announce(): void }>;
}

export class StepRunner {
  private readonly stored = new Map<string, StoredStep>();
  private readonly occurrences = new Map<string, number>();

  constructor(
    private readonly claim: RunClaim,
    private readonly store: RunStore,
    private readonly message: MessageStream,
    private readonly signal: AbortSignal,
    /** Told when the attempt cannot go on, so that an agent that catches the error cannot go on either. */
    private readonly onLost: (error: unknown) => void,
    history: readonly StoredStep[],
  ) {
    for (const step of history) this.stored.set(keyOf(step.name, step.occurrence), step);
  }

  /** The stored result, or that of executing the step now. */
  run<T extends JsonValue>(request: StepRequest<T>): Promise<T> {
    const result = this.replayOrExecute(request);
    // An agent may leave a step alone; its failure must not surface as an unhandled rejection.
    result.catch(() => undefined);
    return result;
  }

  private async replayOrExecute<T extends JsonValue>(request: StepRequest<T>): Promise<T> {
    const occurrence = this.occurrences.get(request.name) ?? 0;
    this.occurrences.set(request.name, occurrence + 1);
    const key = keyOf(request.name, occurrence);
    const stored = this.stored.get(key);
    if (stored) {
      this.stored.delete(key);
      return stored.output as T;
    }
    await this.refuseAnotherPath(request.name);
    return this.executeUntilStored(request, occurrence);
  }

  /** Throws when history holds steps that the agent did not ask for. */
  assertHistoryConsumed(): void {
    const [left] = this.stored.values();
    if (left) throw nonDeterministic(`finished without "${left.name}"`, left.name);
  }

  /**
   * Code that only waits for stored steps goes on in microtasks. So after one turn of the event loop, everything that
   * can be replayed has been, and a stored step that nobody asked for proves that the agent took another path.
   */
  private async refuseAnotherPath(name: string): Promise<void> {
    if (this.stored.size === 0) return;
    await setImmediate();
    const [left] = this.stored.values();
    if (left) throw nonDeterministic(`asked for "${name}"`, left.name);
  }

  private async executeUntilStored<T extends JsonValue>(request: StepRequest<T>, occurrence: number): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      const { name, kind, input } = request;
      const started = await this.store.startStep(this.claim, { name, occurrence, kind, input });
      this.message.event({ type: 'step', step: started.step });
      try {
        return await this.executeAndStore(request, started);
      } catch (error) {
        if (!belongsToStep(error)) this.onLost(error);
        this.signal.throwIfAborted();
        await this.recordFailure(request, started, attempt, error);
      }
    }
  }

  private async executeAndStore<T extends JsonValue>(request: StepRequest<T>, started: StartedStep): Promise<T> {
    if (request.commit) {
      const committed = await request.commit(started.step.id);
      committed.announce();
      this.message.event({ type: 'step', step: committed.step });
      return committed.output;
    }
    const value = await abortable(request.execute({ attempt: started.attempt, signal: this.signal }), this.signal);
    const { output, chunks, usage } = value;
    const streamed = value.announce.length === 0 && chunks.length > 0;
    if (streamed) await this.message.flush();
    const checkpoint = streamed ? this.message.checkpoint() : null;
    const result = { output, chunks, usage };
    const step = await this.store.completeStep(this.claim, started.step.id, result, checkpoint);
    this.message.chunks(value.announce);
    this.message.event({ type: 'step', step });
    return output;
  }

  private async recordFailure<T extends JsonValue>(
    request: StepRequest<T>,
    started: StartedStep,
    attempt: number,
    cause: unknown,
  ): Promise<void> {
    const delayMs = retryDelayMs(cause, attempt);
    const error: RunErrorInfo = toRunError(cause);
    const nextRetryAt = delayMs === null ? null : new Date(Date.now() + delayMs).toISOString();
    const step = await this.store.failStepAttempt(this.claim, started.step.id, { error, nextRetryAt });
    if (delayMs !== null) request.onRetry?.();
    this.message.event({ type: 'step', step });
    this.message.event({
      type: 'attempt-failed',
      runId: this.claim.runId,
      attempt: started.attempt,
      message: error.message,
      willRetry: delayMs !== null,
      nextRetryAt,
    });
    if (delayMs === null) throw cause;
    await delay(delayMs, undefined, { signal: this.signal });
  }
}

/** Whether an error says something about the step, not about who holds the run or what can be reached. */
function belongsToStep(error: unknown): boolean {
  return !(error instanceof FencedError || error instanceof StreamLostError || error instanceof StoreUnavailableError);
}

function keyOf(name: string, occurrence: number): string {
  return `${name}#${occurrence}`;
}

function nonDeterministic(what: string, expected: string): FatalError {
  return new FatalError(
    'NON_DETERMINISTIC',
    `The agent ${what} where the history of the run holds "${expected}", so the run could not be continued.`,
  );
}
