/**
 * The events of a workflow's stream, exactly as they are stored in Redis and published. Every event but `chunks` is
 * idempotent: it carries a state, not a change.
 */
import type { UIMessageChunk } from 'ai';
import type { AttemptLossCause } from './attempt-losses.js';
import { type RunErrorInfo, runErrorInfo } from './errors.js';
import type { HookId, MessageId, RunId, StepId, UserId } from './ids.js';
import type { JsonValue } from './json.js';
import type { HookStatus, RunStatus, SnapshotReason, StepKind, StepStatus, WorkflowStatus } from './statuses.js';
import type { Usage } from './usage.js';

export type { UIMessageChunk };

/** Chunks of the assistant's message, in order, to be folded after everything before them. */
export interface ChunksEvent {
  type: 'chunks';
  messageId: MessageId;
  runId: RunId;
  /** The index of the first chunk in the message. Set by the writer of the stream; absent in events of an older version. */
  index?: number | undefined;
  chunks: UIMessageChunk[];
}

/**
 * The authoritative status. `terminal` is true once per end of a run: the run writes nothing after it, unless it is
 * retried, and then it ends again.
 */
export type StatusEvent = {
  type: 'status';
  runId: RunId;
  status: WorkflowStatus;
  terminal: boolean;
  /** RFC 3339, UTC. */
  at: string;
} & RunStatusFields;

/** Exactly the failed runs have an error. */
export type RunStatusFields =
  | { runStatus: 'FAILED'; error: RunErrorInfo }
  | { runStatus: Exclude<RunStatus, 'FAILED'>; error: null };

/** Builds the pair from database columns; a CHECK constraint guarantees that they match. */
export function runStatusFields(runStatus: RunStatus, error: RunErrorInfo | null): RunStatusFields {
  if (runStatus !== 'FAILED') return { runStatus, error: null };
  return { runStatus, error: error ?? runErrorInfo('INTERNAL') };
}

/** A step without its input and output, which can be large and are read from Postgres on request. */
export interface StepSummary {
  id: StepId;
  runId: RunId;
  name: string;
  kind: StepKind;
  status: StepStatus;
  error: RunErrorInfo | null;
  usage: Usage | null;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface StepEvent {
  type: 'step';
  step: StepSummary;
}

export interface StreamGraphNode {
  id: string;
  type: string;
  label: string;
  parameters: Record<string, JsonValue>;
  position: { x: number; y: number };
}

export interface StreamGraphEdge {
  id: string;
  source: string;
  target: string;
  branch: string | null;
}

export interface StreamGraphIssue {
  code: string;
  severity: 'ERROR' | 'WARNING' | 'INFO';
  message: string;
  nodeId: string | null;
  edgeId: string | null;
  path: string | null;
}

/** What changed between the previous revision and `revision`. A subscriber at `revision` or later ignores it. */
export interface GraphEvent {
  type: 'graph';
  revision: number;
  upsertNodes: StreamGraphNode[];
  removeNodeIds: string[];
  upsertEdges: StreamGraphEdge[];
  removeEdgeIds: string[];
  /** All findings of the linter on the graph as of `revision`. */
  issues: StreamGraphIssue[];
}

export interface HookEvent {
  type: 'hook';
  hook: {
    id: HookId;
    runId: RunId;
    name: string;
    title: string;
    status: HookStatus;
    resolvedBy: UserId | null;
    resolvedAt: string | null;
    expiresAt: string | null;
  };
}

/** A try of a step failed, or an attempt at the whole run was lost. Says what happens next. */
export interface AttemptFailedEvent {
  type: 'attempt-failed';
  runId: RunId;
  /** The number of the try, or of the attempt. */
  attempt: number;
  message: string;
  willRetry: boolean;
  nextRetryAt: string | null;
  /** Why the attempt was lost; `null` for a try of a step. Absent in events of an older version. */
  cause?: AttemptLossCause | null;
}

/** A reader that reaches it gets a snapshot from Postgres and continues from there. Never sent to clients. */
export interface ResyncMarkerEvent {
  type: 'resync-marker';
  reason: Extract<SnapshotReason, 'RUN_STARTED' | 'TAKEOVER'>;
}

/** What a writer may append. */
export type AppendableEvent = ChunksEvent | StatusEvent | StepEvent | GraphEvent | HookEvent | AttemptFailedEvent;

/** All events that an entry may hold. */
export type StreamEvent = AppendableEvent | ResyncMarkerEvent;

/** Whether this is the event after which its run writes nothing more, unless it is retried. */
export function isTerminalEvent(event: StreamEvent): event is StatusEvent {
  return event.type === 'status' && event.terminal;
}
