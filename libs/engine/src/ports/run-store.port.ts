/**
 * The durable side of a run, as the engine needs it. Owns the contract; an adapter keeps it in Postgres.
 *
 * Every method that takes a `RunClaim` is fenced: it changes nothing and throws `FencedError` unless the claim's epoch
 * is still the workflow's epoch. Every method is one transaction, after which the store starts whatever follows from it
 * outside. Every method rejects with `StoreUnavailableError` when the store cannot be reached for now; any other error
 * would come back. Since everything under a claim may be done again, the store waits for `timings.storePatienceMs` before
 * it gives up: a restart of the database costs a pause, not an attempt. `claimRun` and `holds`, which are asked again
 * anyway, give up at once.
 *
 * Points in time come from the store's clock alone, since the clocks of workers differ. What a worker is to wait for is
 * told to it as a length, which it measures with a clock that nobody sets.
 */
import type {
  AttemptLoss,
  AttemptLossCause,
  Cursor,
  GraphEvent,
  HookEvent,
  HookId,
  JsonValue,
  MessageId,
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
  /** The process that has the run under way from then on, as long as the store takes it for alive. */
  worker: WorkerId;
  /** Whether nothing else is under way in that process, nor will be. */
  isAlone: boolean;
}

/** A step that succeeded or failed for good: its result is stored and it is never executed again. */
export interface StoredStep {
  id: StepId;
  name: string;
  /** 0 for the first step of this name in the run, 1 for the second, … */
  occurrence: number;
  kind: StepKind;
  /** `null` for steps of an older version, which kept none. */
  inputHash: string | null;
  output: JsonValue;
  /** Set when the step failed for good and the agent was told; `null` when it succeeded. */
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

/** Everything that a new attempt knows. */
export interface ClaimedRun {
  claim: RunClaim;
  agent: string;
  prompt: string;
  /** Where the prompt was written, as an IANA name; `null` when the client named none. */
  timeZone: string | null;
  /** RFC 3339; when the run was first claimed. Stable across attempts. */
  startedAt: string;
  /** RFC 3339; when this claim was made. */
  claimedAt: string;
  /** The attempt before this one, if it was lost. */
  lost: AttemptLoss | null;
  /** The workflow's title, or `null` while it has none of its own. */
  title: string | null;
  /** Settled steps in the order in which they were committed. */
  steps: StoredStep[];
  /** What earlier attempts asked for, in no order. Steps of an older version may be missing. */
  asked: AskedStep[];
  /** The assistant's message up to the last stored step; it is stored with the cursor `epoch-0` of this claim. */
  chunks: UIMessageChunk[];
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
   * Unknown, already in a terminal state, under way in a worker that lives, or waiting for something that has not
   * happened: there is nothing to do.
   */
  | { kind: 'nothing-to-do' }
  /** It has one attempt left, and takes it only from a claimant that is alone: nothing has been claimed. */
  | { kind: 'alone-only' }
  /** Three attempts in a row were lost without progress: the run has just been failed. */
  | { kind: 'exhausted' };

/** The message as of a cursor: it holds exactly the chunks at or before that cursor. */
export interface MessageCheckpoint {
  chunks: UIMessageChunk[];
  cursor: Cursor;
}

export interface StepStart {
  name: string;
  occurrence: number;
  kind: StepKind;
  input: JsonValue;
  /** Names the input as a whole; `input` is stored bounded and redacted. */
  inputHash: string;
  /** How many results the agent had been given when it asked for the step; the least of all attempts is kept. */
  askedAfter?: number;
  /** The pause behind the last failed try has been waited out here: start, whatever the store's clock says. */
  pauseIsOver?: boolean;
}

export interface StartedStep {
  step: StepSummary;
  /** 1 for the first try of this step, counting those of all attempts at the run. */
  tryNumber: number;
  /** Tries that failed since the run was queued by a person. One that was lost or handed back has not failed. */
  failedTries: number;
  /** Nothing has been started, because the step is not to be tried before that many milliseconds. `null` when it has. */
  pauseMs: number | null;
}

export interface StepResult {
  output: JsonValue;
  /** Compacted chunks that this step added to the message. The engine has measured them and the output. */
  chunks: UIMessageChunk[];
  usage: Usage | null;
}

/** What a graph edit produces inside the transaction that stores its step. */
export interface GraphEditOutcome extends StepResult {
  graph: WorkflowGraph;
  patch: GraphPatch;
  issues: GraphIssue[];
}

export interface TryFailure {
  error: RunErrorInfo;
  /** Milliseconds until the step is tried again, `null` when it failed for good. */
  retryInMs: number | null;
  /** Compacted chunks of a step that failed for good which stay in the message; none when absent. */
  chunks?: UIMessageChunk[];
  /** What the try has used nevertheless; it counts towards the step and the run. */
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
  /** Milliseconds until it expires, `null` to wait for ever. */
  timeoutMs: number | null;
}

/** A step that waits for the outside or for the clock. */
export interface OpenedWait {
  step: StepSummary;
  /** `null` for a sleep. */
  hook: HookEvent['hook'] | null;
}

/** A wait that is over, with what subscribers are sent of it. */
export interface SettledWait extends OpenedWait {
  stored: StoredStep;
}

export type SuspendResult =
  /** The run is WAITING since `at`. In `wakeInMs` it goes on by itself; `null` when it does not. */
  | { kind: 'suspended'; at: string; wakeInMs: number | null }
  /** Something that it waits for has happened: the run goes on. */
  | { kind: 'woken'; waits: SettledWait[] };

/** How a run ends. A finished run cannot carry an error, a failed one must. */
export type RunOutcome =
  | { status: 'SUCCEEDED'; title: string | null; saveRevision: boolean }
  /** `failedStepIds`: the steps whose failure ended the run. A retry executes them again. */
  | { status: 'FAILED'; error: RunErrorInfo; failedStepIds?: readonly StepId[] }
  | { status: 'CANCELED' };

export interface RunStore {
  /**
   * Takes the next epoch of the run's workflow and marks the run RUNNING (a run that was COMPLETING runs its
   * completion again). A run that is WAITING for something that has not happened goes on waiting, and its subscribers are
   * shown so; what has happened is settled. Stores the message up to the last stored step with the cursor `epoch-0`. When
   * the worker that had the run has gone, its attempt is lost first. A claim without a claimant protects nothing: the next
   * one takes the run over.
   */
  claimRun(runId: RunId, claimant?: Claimant): Promise<ClaimResult>;
  /**
   * Creates the step or, when it exists unfinished, starts its next try, but not before the pause is over that its
   * last failure named, whoever held the run then. A pause is never longer than it was when it began.
   */
  startStep(claim: RunClaim, start: StepStart): Promise<StartedStep>;
  /** Opens a hook as a step of its own, or answers with the one that is open already for this step. */
  openHook(claim: RunClaim, start: StepStart, hook: HookStart): Promise<OpenedWait>;
  /** Starts a sleep as a step of its own, or answers with the one that has been started for this step. */
  openSleep(claim: RunClaim, start: StepStart, durationMs: number): Promise<OpenedWait>;
  /**
   * Settles those of the given waits that are over: answered or expired hooks, sleeps whose time has come. In commit
   * order. What an earlier call has settled is told again.
   */
  settleWaits(claim: RunClaim, stepIds: readonly StepId[]): Promise<SettledWait[]>;
  /**
   * Settles like `settleWaits`; when nothing is over, the run is WAITING from now on and the claim may write nothing
   * more. The message is stored in the same transaction.
   */
  suspendRun(claim: RunClaim, stepIds: readonly StepId[], checkpoint: MessageCheckpoint): Promise<SuspendResult>;
  /** Stores the result and counts as progress. With a checkpoint, the message is stored in the same transaction. */
  completeStep(
    claim: RunClaim,
    stepId: StepId,
    result: StepResult,
    checkpoint: MessageCheckpoint | null,
  ): Promise<StepSummary>;
  /**
   * Runs `edit` on the current graph and stores its outcome, the new graph and the step result together. `edit` must be
   * pure and synchronous: it may be called again when the transaction is retried. A patch that is empty takes no new
   * revision and gives no event.
   */
  completeGraphStep(
    claim: RunClaim,
    stepId: StepId,
    edit: (graph: WorkflowGraph) => GraphEditOutcome,
  ): Promise<{ step: StepSummary; output: JsonValue; chunks: UIMessageChunk[]; event: GraphEvent | null }>;
  /** Records a failed try; the step is RETRYING or FAILED afterwards. */
  failStepTry(claim: RunClaim, stepId: StepId, failure: TryFailure): Promise<FailedTry>;
  /** The workflow's graph with all committed edits. Not fenced: it only reads. */
  readGraph(claim: RunClaim): Promise<WorkflowGraph>;
  /** The time by the store's clock. */
  now(): Promise<Date>;
  /** Stores the message as of a cursor. A checkpoint older than the stored one is ignored. */
  checkpoint(claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void>;
  /** RUNNING → COMPLETING. Returns since when, RFC 3339. */
  beginCompleting(claim: RunClaim): Promise<string>;
  /**
   * Ends the run: terminal status, workflow status, final message, and for a success the title and the graph revision,
   * in one transaction. Returns the end as those are sent it who follow the stream, with the steps and hooks that ended
   * with the run; called again, it answers alike. Compare-and-set: returns `null` and changes nothing when the run has ended
   * otherwise.
   */
  finishRun(claim: RunClaim, outcome: RunOutcome, checkpoint: MessageCheckpoint | null): Promise<RunEnd | null>;
  /**
   * Records that the terminal event stands in the stream, at `cursor`, and moves the workflow's cursor there. For a run
   * that was queued again since, it only moves the cursor: the next end is still to be published.
   */
  markStreamClosed(claim: RunClaim, cursor: Cursor): Promise<void>;
  /** Records that these ends are published, which stays true whoever holds the workflow. Idempotent. */
  markEndsPublished(ends: readonly RunEnd[]): Promise<void>;
  /** Gives the run back: QUEUED again, and the attempt is lost for this cause. Does nothing when it is not under way. */
  releaseRun(claim: RunClaim, cause: AttemptLossCause): Promise<void>;
  /** Whether the run is still this claim's. */
  holds(claim: RunClaim): Promise<boolean>;
}
