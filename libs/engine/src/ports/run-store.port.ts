/**
 * The durable storage of runs, as the engine needs it; the adapter uses Postgres.
 *
 * Every method that takes a `RunClaim` is fenced: it changes nothing and throws `FencedError` unless the claim's epoch is
 * still the workflow's epoch. Every method is one transaction, after which the store starts the effects. Every method
 * rejects with `StoreUnavailableError` when the store is unreachable for now; any other error would recur on a retry.
 * Everything under a claim may be repeated, so the store retries for `timings.storePatienceMs` before it gives up: a
 * database restart costs a pause, not an attempt. `claimRun` and `holds` give up at once, because they are called again
 * anyway.
 *
 * Points in time come from the store's clock only, because the clocks of workers differ. How long a worker has to wait is
 * given as a duration, which it measures with a monotonic clock.
 */
import type {
  AttemptLoss,
  AttemptLossCause,
  ChunkRange,
  Cursor,
  GraphEvent,
  HookEvent,
  HookId,
  JsonValue,
  MessageId,
  MessageSegment,
  RunErrorInfo,
  RunId,
  StepId,
  StepKind,
  StepSummary,
  UIMessageChunk,
  Usage,
  UserId,
  WorkerId,
  WorkflowId,
} from '#libs/contracts';
import type { GraphIssue, GraphPatch, WorkflowGraph } from '#libs/graph';
import type { RunEnd } from './workflow-stream.port.js';

/** One worker's hold on a run. */
export interface RunClaim {
  readonly runId: RunId;
  readonly workflowId: WorkflowId;
  readonly ownerId: UserId;
  /** The epoch that this claim took. Strictly larger than every earlier one of the workflow. */
  readonly epoch: number;
  /** 1 for the first claim of the run. */
  readonly attempt: number;
  /** The assistant's message that this run writes; the same for every attempt. */
  readonly messageId: MessageId;
}

/** Who claims a run. */
export interface Claimant {
  /** The process that holds the run from then on, as long as the store considers it alive. */
  worker: WorkerId;
  /** Whether nothing else is in progress in that process, or will be. */
  isAlone: boolean;
}

/** A step that succeeded or failed for good. Its result is stored, and it is not executed again. */
export interface StoredStep {
  id: StepId;
  name: string;
  /** 0 for the first step of this name in the run, 1 for the second, … */
  occurrence: number;
  kind: StepKind;
  /** `null` for steps of older versions, which stored none. */
  inputHash: string | null;
  output: JsonValue;
  /** Set when the step failed for good and the agent was given the failure; `null` when it succeeded. */
  error: RunErrorInfo | null;
}

/** A step that an earlier attempt has asked for, finished or not. */
export interface AskedStep {
  name: string;
  occurrence: number;
  /** How many results the agent had been given by then. */
  after: number;
}

/** An earlier message of the conversation, as a model needs it. */
export interface ConversationMessage {
  role: 'user' | 'assistant';
  text: string;
}

/** Everything that a new attempt starts with. */
export interface ClaimedRun {
  claim: RunClaim;
  agent: string;
  prompt: string;
  /** The time zone in which the prompt was written, as an IANA name; `null` when the client named none. */
  timeZone: string | null;
  /** RFC 3339; when the run was first claimed. Stable across attempts. */
  startedAt: string;
  /** RFC 3339; when this claim was made. */
  claimedAt: string;
  /** The attempt before this one, if it was lost. */
  lost: AttemptLoss | null;
  /** The workflow's title, or `null` while it has none of its own. */
  title: string | null;
  /** Settled steps in commit order. */
  steps: StoredStep[];
  /** What earlier attempts asked for, in no particular order. Steps of older versions may be missing. */
  asked: AskedStep[];
  /** The assistant's message up to the last stored step; stored with the cursor `epoch-0` of this claim. */
  chunks: UIMessageChunk[];
  /** The index of the next chunk: one more than the highest that is stored. */
  nextIndex: number;
  /** The newest `limits.conversationMessages` before this run's prompt, oldest first; those without text are left out. */
  conversation: ConversationMessage[];
  graph: WorkflowGraph;
  graphRevision: number;
  /** Ends of this workflow's runs that are not known to be published, oldest first. */
  ends: RunEnd[];
}

export type ClaimResult =
  | { kind: 'claimed'; run: ClaimedRun }
  /**
   * The run is unknown, has ended, is held by a live worker, or waits for something that has not happened: there is nothing
   * to do.
   */
  | { kind: 'nothing-to-do' }
  /** The run has one attempt left, which is only given to a claimant that is alone. Nothing has been claimed. */
  | { kind: 'alone-only' }
  /** Three attempts in a row were lost without progress: the run has just been failed. */
  | { kind: 'exhausted' };

/** What was appended to the message up to a cursor: with it, the message holds exactly the chunks at or before that cursor. */
export interface MessageCheckpoint {
  /** In order, without gaps between them. The store may have the first of them already, by their indexes. */
  segments: readonly MessageSegment[];
  cursor: Cursor;
}

/** The message of a run that ends. */
export interface FinalMessage extends MessageCheckpoint {
  /** All of it up to that cursor, compacted. */
  chunks: readonly UIMessageChunk[];
}

export interface StepStart {
  name: string;
  occurrence: number;
  kind: StepKind;
  input: JsonValue;
  /** Hash of the whole input; `input` is stored bounded and redacted. */
  inputHash: string;
  /** How many results the agent had been given when it asked for the step; the lowest number over all attempts is kept. */
  askedAfter?: number;
  /** The pause after the last failed try has been waited out here: start, whatever the store's clock says. */
  pauseIsOver?: boolean;
}

export interface StartedStep {
  step: StepSummary;
  /** 1 for the first try of this step, counted over all attempts at the run. */
  tryNumber: number;
  /** Tries that failed since a person last queued the run. A try that was lost or handed back does not count. */
  failedTries: number;
  /** Milliseconds until the step may be tried again, when it was not started for that reason; `null` when it was started. */
  pauseMs: number | null;
}

export interface StepResult {
  output: JsonValue;
  /**
   * What this step added to the message: compacted chunks, or where they are among those that were streamed, which the
   * checkpoint that comes with it holds. The engine has checked the size of these and of the output.
   */
  chunks: UIMessageChunk[] | ChunkRange;
  usage: Usage | null;
}

/** A result that is stored together with what follows it. */
export interface CompletedStep {
  stepId: StepId;
  result: StepResult;
  /** What the message has got by then; `null` when the step added nothing to it. */
  checkpoint: MessageCheckpoint | null;
}

/** What a graph edit produces inside the transaction that stores its step. */
export interface GraphEditOutcome extends StepResult {
  chunks: UIMessageChunk[];
  graph: WorkflowGraph;
  patch: GraphPatch;
  issues: GraphIssue[];
}

export interface TryFailure {
  error: RunErrorInfo;
  /** Milliseconds until the step is tried again, `null` when it failed for good. */
  retryInMs: number | null;
  /** Compacted chunks of a step that failed for good and that stay in the message; none when absent. */
  chunks?: UIMessageChunk[];
  /** What the try used nevertheless; it counts towards the step and the run. */
  usage: Usage | null;
}

/** A step after one of its tries failed. */
export interface FailedTry {
  step: StepSummary;
  /** RFC 3339, by the store's clock; `null` when the step failed for good. */
  nextRetryAt: string | null;
}

export interface HookStart {
  id: HookId;
  title: string;
  /** SHA-256 of the token, in hex. */
  tokenHash: string;
  /** JSON Schema of the answer. */
  schema: JsonValue;
  /** Milliseconds until it expires; `null` to wait forever. */
  timeoutMs: number | null;
}

/** A step that waits for an answer or for a point in time. */
export interface OpenedWait {
  step: StepSummary;
  /** `null` for a sleep. */
  hook: HookEvent['hook'] | null;
}

/** A wait that is over, with what subscribers are sent about it. */
export interface SettledWait extends OpenedWait {
  stored: StoredStep;
}

export type SuspendResult =
  /** The run is WAITING since `at`. It resumes by itself in `wakeInMs`; never if `null`. */
  | { kind: 'suspended'; at: string; wakeInMs: number | null }
  /** One of the waits is over, so the run goes on. */
  | { kind: 'woken'; waits: SettledWait[] };

/** How a run ends. Exactly a failed run has an error. */
export type RunOutcome =
  | { status: 'SUCCEEDED'; title: string | null; saveRevision: boolean }
  /** `failedStepIds`: the steps whose failure ended the run. A retry executes them again. */
  | { status: 'FAILED'; error: RunErrorInfo; failedStepIds?: readonly StepId[] }
  | { status: 'CANCELED' };

export interface RunStore {
  /**
   * Takes the next epoch of the run's workflow and marks the run RUNNING (a run that was COMPLETING runs its completion
   * again). If the run is WAITING and none of its waits is over, it goes on waiting, and its subscribers are shown that;
   * waits that are over are settled. Stores the message up to the last stored step with the cursor `epoch-0`. If the worker
   * that held the run has gone, its attempt is lost first. A claim without a claimant is not protected: the next one takes
   * the run over.
   */
  claimRun(runId: RunId, claimant?: Claimant): Promise<ClaimResult>;
  /**
   * Creates the step or, when it exists unfinished, starts its next try, but not before the pause after its last failure is
   * over, even if another attempt failed. A pause never exceeds its original length.
   */
  startStep(claim: RunClaim, start: StepStart): Promise<StartedStep>;
  /** Opens a hook as a separate step, or returns the one already open for this step. */
  openHook(claim: RunClaim, start: StepStart, hook: HookStart): Promise<OpenedWait>;
  /** Starts a sleep as a separate step, or returns the one already started for this step. */
  openSleep(claim: RunClaim, start: StepStart, durationMs: number): Promise<OpenedWait>;
  /**
   * Settles the given waits that are over: answered or expired hooks, sleeps whose time has come. Returns them in commit
   * order, including those that an earlier call has settled.
   */
  settleWaits(claim: RunClaim, stepIds: readonly StepId[]): Promise<SettledWait[]>;
  /**
   * Settles like `settleWaits`. If no wait is over, the run becomes WAITING and the claim may write nothing more. The
   * message is stored in the same transaction.
   */
  suspendRun(claim: RunClaim, stepIds: readonly StepId[], checkpoint: MessageCheckpoint): Promise<SuspendResult>;
  /** `completeStep`, and then `startStep`, in one transaction: both are stored, or neither. */
  completeAndStartStep(
    claim: RunClaim,
    completed: CompletedStep,
    start: StepStart,
  ): Promise<{ completed: StepSummary; started: StartedStep }>;
  /** Stores the result and counts as progress. With a checkpoint, the message is stored in the same transaction. */
  completeStep(
    claim: RunClaim,
    stepId: StepId,
    result: StepResult,
    checkpoint: MessageCheckpoint | null,
  ): Promise<StepSummary>;
  /**
   * Runs `edit` on the current graph and stores its outcome, the new graph and the step result together. `edit` must be
   * pure and synchronous: it may be called again when the transaction is retried. An empty patch creates no revision and no
   * event.
   */
  completeGraphStep(
    claim: RunClaim,
    stepId: StepId,
    edit: (graph: WorkflowGraph) => GraphEditOutcome,
  ): Promise<{ step: StepSummary; output: JsonValue; chunks: UIMessageChunk[]; event: GraphEvent | null }>;
  /** Records a failed try; the step is RETRYING or FAILED afterwards. */
  failStepTry(claim: RunClaim, stepId: StepId, failure: TryFailure): Promise<FailedTry>;
  /** The workflow's graph with all committed edits. Not fenced, because it only reads. */
  readGraph(claim: RunClaim): Promise<WorkflowGraph>;
  /** The time by the store's clock. */
  now(): Promise<Date>;
  /** Appends to the stored message. A checkpoint that is not later than the stored one is ignored. */
  checkpoint(claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void>;
  /** RUNNING → COMPLETING, in one transaction with the last result, if it is not stored yet. `since` is RFC 3339. */
  beginCompleting(
    claim: RunClaim,
    last?: CompletedStep | null,
  ): Promise<{ since: string; completed: StepSummary | null }>;
  /**
   * Ends the run: terminal status, workflow status, final message and, on success, title and graph revision, in one
   * transaction, with the last result, if it is not stored yet. Returns the end as it is sent to subscribers of the stream,
   * with the steps and hooks that ended with the run. Idempotent. Compare-and-set: returns `null` and changes nothing when
   * the run has ended otherwise.
   * @param message `null` leaves it as it is stored
   */
  finishRun(
    claim: RunClaim,
    outcome: RunOutcome,
    message: FinalMessage | null,
    last?: CompletedStep | null,
  ): Promise<RunEnd | null>;
  /**
   * Records that the terminal event is in the stream, at `cursor`, and moves the workflow's cursor there. For a run that
   * was requeued since, it only moves the cursor: the next end still has to be published.
   */
  markStreamClosed(claim: RunClaim, cursor: Cursor): Promise<void>;
  /** Records that these ends are published. Not fenced, because that stays true whoever holds the workflow. Idempotent. */
  markEndsPublished(ends: readonly RunEnd[]): Promise<void>;
  /**
   * Releases the run: it is QUEUED again, and the attempt is lost for this cause. Does nothing when the run is not in
   * progress.
   */
  releaseRun(claim: RunClaim, cause: AttemptLossCause): Promise<void>;
  /** Whether this claim still holds the run. */
  holds(claim: RunClaim): Promise<boolean>;
}
