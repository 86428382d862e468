/**
 * The programming model: an agent is an ordinary async function over a context. After a crash it runs again from the top;
 * steps with a stored result return it without being executed.
 */
import type { JsonValue, RunId, UIMessageChunk, WorkflowId } from '#libs/contracts';
import type { WorkflowGraph } from '#libs/graph';
import type { FatalError } from './errors.js';
import type { GenerateOptions, GenerateResult } from './generate.js';
import type { GenerateObjectOptions, GenerateTextOptions } from './generate-once.js';
import type { Duration, HookOptions } from './hook.js';
import type { ConversationMessage } from './ports/run-store.port.js';
import type { StepExecution } from './step.js';

/**
 * What an agent works with. Code between its calls runs again in every replay, so its decisions must depend on stored
 * results only, and it must await only these methods. Anything else that it awaits, such as a `fetch` or a timer, belongs
 * inside `step`.
 */
export interface AgentContext {
  readonly runId: RunId;
  readonly workflowId: WorkflowId;
  readonly prompt: string;
  /** The newest messages before the prompt, oldest first: at most `limits.conversationMessages`. */
  readonly conversation: readonly ConversationMessage[];
  /** When the run began. The same in every attempt. */
  readonly startedAt: Date;
  /**
   * The time zone in which the prompt was written, as an IANA name such as `Europe/Berlin`; `null` when the client named
   * none.
   */
  readonly timeZone: string | null;
  /** The workflow's own title, or `null` while it has none. */
  readonly title: string | null;
  /** 1 for the first attempt at this run. Code between steps must not depend on it. */
  readonly attempt: number;
  readonly signal: AbortSignal;

  /**
   * Runs `execute` once and stores its result under `name` and its occurrence in this run. When it throws, it is tried
   * again up to three times with growing, jittered pauses: after `RetryableError({ retryAfterMs })` that long, after
   * `FatalError` not at all. If it still fails, `step` rejects with `StepError`, which ends the run unless the agent
   * catches it. The result is stored as JSON and returned as it is read back, even the first time: a `Date` becomes text,
   * `undefined` becomes `null`. A result that has no JSON form (a BigInt, a circular structure) ends the run.
   */
  step<T extends JsonValue>(name: string, execute: (execution: StepExecution) => Promise<T> | T): Promise<T>;
  /** Runs the model with tools until it is done; every model call and every tool call is a step. */
  generate(options: GenerateOptions): Promise<GenerateResult>;
  /** One model answer that is not streamed to viewers, stored as a step under `name`. */
  generateText(name: string, options: GenerateTextOptions): Promise<string>;
  /** One structured model answer that is not streamed to viewers, checked against its schema and stored under `name`. */
  generateObject<T extends JsonValue>(name: string, options: GenerateObjectOptions<T>): Promise<T>;
  /**
   * Waits for an answer from outside, through the API or by `POST /hooks/<token>`. When nothing else of the run is in
   * progress, the run suspends: it holds no worker, no job and no connection. Only steps count as in progress: a branch
   * that awaits something else is cut off, and runs again when the run resumes. Resolves with the answer; rejects with
   * `HookExpiredError` when `timeout` passes first.
   */
  hook<T>(name: string, options: HookOptions<T>): Promise<T>;
  /** Waits at least this long, suspending the run as `hook` does. Timed by the database's clock. */
  sleep(duration: Duration): Promise<void>;
  /** The graph: inside a step its current state, outside the state when this line was first reached. */
  graph(): Promise<WorkflowGraph>;
  /**
   * Fails the run with `error` until somebody retries it; then the agent continues after this line. For limits that the
   * agent sets itself: an error thrown between steps would be thrown again by every retry. Stored as a step.
   */
  failUntilRetried(name: string, error: FatalError): Promise<void>;
  /** Shows viewers the progress, as a `data-progress` part `{ text, percent }` of the message. Stored as a step. */
  progress(update: string | ProgressUpdate): Promise<void>;
  /** Appends the agent's own parts to the assistant's message, as a step. */
  emit(name: string, chunks: UIMessageChunk[]): Promise<void>;
}

export interface ProgressUpdate {
  text: string;
  /** From 0 to 100. */
  percent?: number;
  /** Updates with the same id replace each other in the message; without an id, each update is a separate part. */
  id?: string;
}

/** What a finished agent returns. */
export interface Completion {
  /** A new title for the workflow, or `null` to keep the current one. */
  title: string | null;
  /** Whether to keep the graph as a revision that can be restored. */
  saveRevision: boolean;
}

export interface AgentDefinition {
  readonly name: string;
  run(context: AgentContext): Promise<void>;
  /** Runs while the workflow is COMPLETING: final checks and naming. Steps are allowed. Without it, the run ends at once. */
  complete?(context: AgentContext): Promise<Completion>;
}

const nameShape = /^[a-z][a-z0-9-]{0,63}$/;

/** Checks the name. An agent without `complete` keeps the title and the graph as they are. */
export function defineAgent(name: string, program: Pick<AgentDefinition, 'run' | 'complete'>): AgentDefinition {
  if (!nameShape.test(name)) throw new Error(`An agent's name is lower-case words joined by hyphens, not "${name}".`);
  const { run, complete } = program;
  return complete ? { name, run, complete } : { name, run };
}
