/** The read models of Postgres: plain values for the API to present, never entities. */
import type {
  Cursor,
  GraphRevisionId,
  HookId,
  HookStatus,
  JsonValue,
  MessageId,
  RunErrorInfo,
  RunEventId,
  RunId,
  StepId,
  StepSummary,
  UIMessageChunk,
  Usage,
  UserId,
  WorkflowId,
  WorkflowStatus,
} from '#libs/contracts';
import type { GraphIssue, WorkflowGraph } from '#libs/graph';
import type { RunView } from './run-view.js';

export type { RunView };

export interface UserView {
  id: UserId;
  name: string;
  createdAt: Date;
}

/** A workflow's row, as lists show it. */
export interface WorkflowView {
  id: WorkflowId;
  ownerId: UserId;
  title: string;
  agent: string;
  status: WorkflowStatus;
  /** When the status last changed. */
  statusSince: Date;
  cursor: Cursor;
  graph: WorkflowGraph;
  /** `null` when they were not stored with the graph. */
  graphIssues: readonly GraphIssue[] | null;
  graphRevision: number;
  /** The highest number of a stored revision that is no longer kept, or `null`. */
  revisionsExpiredTo: number | null;
  activeRunId: RunId | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface MessageView {
  id: MessageId;
  workflowId: WorkflowId;
  runId: RunId;
  role: 'user' | 'assistant';
  /** The compacted chunk list; for a user's message, the text as chunks. */
  chunks: UIMessageChunk[];
  /** One more than the highest index of its chunks so far. */
  nextIndex: number;
  complete: boolean;
  createdAt: Date;
  /** Rises from message to message of a workflow. */
  ordinal: number;
}

/** A queued run's place in the queue. */
export interface QueuePlaceView {
  id: RunId;
  /** Since when the run has been waiting for a worker, this time. */
  since: Date;
  /** Queued runs of all users that have waited longer; counted among the first ten thousand only. */
  runsBefore: number;
}

/** A step with everything but its attempts. */
export interface StepView extends StepSummary {
  ownerId: UserId;
  input: JsonValue;
  output: JsonValue;
}

export interface StepAttemptView {
  number: number;
  epoch: number;
  startedAt: Date;
  finishedAt: Date | null;
  error: RunErrorInfo | null;
  nextRetryAt: Date | null;
  usage: Usage | null;
}

export interface RunEventView {
  id: RunEventId;
  runId: RunId;
  type: string;
  stepId: StepId | null;
  data: JsonValue;
  at: Date;
}

export interface HookView {
  id: HookId;
  runId: RunId;
  ownerId: UserId;
  name: string;
  title: string;
  status: HookStatus;
  /** SHA-256 of the token, in hex. */
  tokenHash: string;
  schema: JsonValue;
  payload: JsonValue;
  resolvedBy: UserId | null;
  resolvedAt: Date | null;
  expiresAt: Date | null;
}

export interface GraphRevisionView {
  id: GraphRevisionId;
  workflowId: WorkflowId;
  revision: number;
  graph: WorkflowGraph;
  issues: readonly GraphIssue[] | null;
  runId: RunId | null;
  createdAt: Date;
}

/** A workflow as of one cursor, read in one transaction. */
export interface WorkflowSnapshot {
  workflow: WorkflowView;
  /** The newest messages, oldest first, including those of the newest run. Empty unless requested. */
  messages: MessageView[];
  /** Whether there are older messages. True if messages were not requested. */
  hasOlderMessages: boolean;
  /** The run that is not terminal yet, or `null`. */
  activeRun: RunView | null;
  /** The newest run, whatever its state: it explains a FAILED workflow. */
  latestRun: RunView | null;
}

/** A page of a connection, in its stable order. */
export interface Page<T> {
  rows: T[];
  /** The position of each row, for use as `after`. */
  places: number[];
  hasNextPage: boolean;
}

/** `after` is the position of the last row of the previous page. */
export interface PageRequest {
  first: number;
  after: number | null;
}

export interface SubmitPromptCommand {
  ownerId: UserId;
  workflowId: WorkflowId | null;
  prompt: string;
  agent: string;
  model: string | null;
  /** An IANA name returned by `knownTimeZone`, or `null` when the client named none. */
  timeZone: string | null;
  idempotencyKey: string | null;
}

export type SubmitPromptResult =
  /** `replayed`: the same key and input had been accepted before; nothing new was stored. */
  | { kind: 'accepted'; workflow: WorkflowView; run: RunView; replayed: boolean }
  | { kind: 'not-found' }
  | { kind: 'locked'; status: WorkflowStatus }
  | { kind: 'agent-mismatch'; agent: string }
  /** What the idempotency key was used for has been deleted. */
  | { kind: 'deleted' }
  | { kind: 'idempotency-reused' };
