/**
 * The programming model: an agent is an ordinary async function over a context. After a crash it runs again from the
 * top; steps with a stored result return it without being executed.
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
 * What an agent works with. Code between its calls runs again in every replay: it must decide by stored results alone,
 * and await nothing but these methods. Anything else that it awaits, such as a `fetch` or a timer, belongs inside `step`.
 */
export interface AgentContext {
  readonly runId: RunId;
  readonly workflowId: WorkflowId;
  readonly prompt: string;
  /** The newest messages before the prompt, oldest first: at most `limits.conversationMessages`. */
  readonly conversation: readonly ConversationMessage[];
  /** When the run began. The same in every attempt. */
  readonly startedAt: Date;
  /** Where the prompt was written, as an IANA name such as `Europe/Berlin`; `null` when the client named none. */
  readonly timeZone: string | null;
  /** The workflow's own title, or `null` while it has none. */
  readonly title: string | null;
  /** 1 for the first attempt at this run. Code between steps must not depend on it. */
  readonly attempt: number;
  readonly signal: AbortSignal;

  /**
   * Runs `execute` once and stores its result under `name` and its occurrence in this run. When it throws, it is tried
   * again three times with growing, jittered pauses: after `RetryableError({ retryAfterMs })` that long, after
   * `FatalError` not at all. What still fails then rejects with `StepError`, which ends a run that does not catch it. The
   * result is stored as JSON and handed out as it is read back, also the first time: a `Date` comes as text, `undefined`
   * as `null`. A result that has no JSON (a BigInt, a circle) ends the run.
   */
  step<T extends JsonValue>(name: string, execute: (execution: StepExecution) => Promise<T> | T): Promise<T>;
  /** Runs the model with tools until it is done; every model call and every tool call is a step. */
  generate(options: GenerateOptions): Promise<GenerateResult>;
  /** One answer of a model that nobody watches, stored as a step under `name`. */
  generateText(name: string, options: GenerateTextOptions): Promise<string>;
  /** One structured answer of a model that nobody watches, checked against its schema and stored under `name`. */
  generateObject<T extends JsonValue>(name: string, options: GenerateObjectOptions<T>): Promise<T>;
  /**
   * Waits for an answer from the outside, through the API or by `POST /hooks/<token>`. When nothing else of the run is
   * under way, the run suspends: it holds no worker, no job and no connection. Only steps count as under way: a branch that
   * awaits something else is cut off and runs again when the run goes on. Resolves with the answer; rejects with
   * `HookExpiredError` when `timeout` passes first.
   */
  hook<T>(name: string, options: HookOptions<T>): Promise<T>;
  /** Waits at least that long, suspending the run as `hook` does. The clock is the database's. */
  sleep(duration: Duration): Promise<void>;
  /** The graph: inside a step as it is right now, outside as of the first time that this line was reached. */
  graph(): Promise<WorkflowGraph>;
  /**
   * Fails the run with `error`, until somebody retries it: then the agent goes on behind this line. For a limit that the
   * agent sets itself; an error that is thrown between steps would be thrown again by every retry. Stored as a step.
   */
  failUntilRetried(name: string, error: FatalError): Promise<void>;
  /** Tells viewers what goes on, as a `data-progress` part `{ text, percent }` of the message. Stored as a step. */
  progress(update: string | ProgressUpdate): Promise<void>;
  /** Appends parts of its own to the assistant's message, as a step. */
  emit(name: string, chunks: UIMessageChunk[]): Promise<void>;
}

export interface ProgressUpdate {
  text: string;
  /** From 0 to 100. */
  percent?: number;
  /** Updates of one id replace each other in the message; without one, each update is a part of its own. */
  id?: string;
}

/** What a finished agent leaves behind. */
export interface Completion {
  /** A new title for the workflow, or `null` to keep the one it has. */
  title: string | null;
  /** Whether the graph is kept as a revision that can be gone back to. */
  saveRevision: boolean;
}

export interface AgentDefinition {
  readonly name: string;
  run(context: AgentContext): Promise<void>;
  /** Runs while the workflow is COMPLETING: final checks and naming. Steps are allowed. */
  complete(context: AgentContext): Promise<Completion>;
}

const nameShape = /^[a-z][a-z0-9-]{0,63}$/;

/** Checks the name; an agent without `complete` keeps title and graph as they are. */
export function defineAgent(
  name: string,
  program: { run: AgentDefinition['run']; complete?: AgentDefinition['complete'] },
): AgentDefinition {
  if (!nameShape.test(name)) throw new Error(`An agent's name is lower-case words joined by hyphens, not "${name}".`);
  return {
    name,
    run: program.run,
    complete: program.complete ?? (async () => ({ title: null, saveRevision: false })),
  };
}
