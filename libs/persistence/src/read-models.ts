/** Read models beyond single rows, and the command of a prompt. */
import type { RunId, UserId, WorkflowId, WorkflowStatus } from '#libs/contracts';
import type { MessageView, RunView, WorkflowView } from './views.js';

/** A queued run's place in the queue. */
export interface QueuePlaceView {
  id: RunId;
  /** Since when the run has been waiting for a worker, this time. */
  since: Date;
  /** Queued runs of all users that have waited longer; counted among the first ten thousand only. */
  runsBefore: number;
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
