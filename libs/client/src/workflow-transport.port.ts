/** What a session needs from the network: one read and one subscription. Sessions depend on this port and not on GraphQL. */
import type { RunStatus, SnapshotReason, UIMessageChunk, WorkflowStatus } from './contracts.js';
import type {
  AttemptFailureState,
  GraphEdgeState,
  GraphIssueState,
  GraphNodeState,
  HookState,
  MessageState,
  PromptLockState,
  RunErrorState,
  StepState,
  WorkflowState,
} from './workflow-state.js';

export interface MessageSnapshot extends MessageState {
  /** The compacted chunks from which folding continues. Empty in pages of older messages, which no longer grow. */
  readonly chunks: readonly UIMessageChunk[];
}

/** A part of a conversation, oldest first. */
export interface MessagePage {
  readonly messages: readonly MessageSnapshot[];
  /** The cursor for reading older messages; `null` when there are none. */
  readonly olderMessages: string | null;
}

/** The workflow at `cursor`, with its newest messages. */
export interface WorkflowSnapshot extends WorkflowState, MessagePage {
  readonly cursor: string;
}

export interface SnapshotEvent {
  readonly type: 'snapshot';
  readonly reason: SnapshotReason;
  readonly workflow: WorkflowSnapshot;
}

export interface ChunksReceived {
  readonly type: 'chunks';
  readonly messageId: string;
  readonly runId: string;
  readonly chunks: readonly UIMessageChunk[];
}

export interface StatusReceived {
  readonly type: 'status';
  readonly runId: string | null;
  readonly status: WorkflowStatus;
  readonly runStatus: RunStatus | null;
  readonly promptLock: PromptLockState | null;
  readonly error: RunErrorState | null;
  readonly terminal: boolean;
}

export interface GraphPatchReceived {
  readonly type: 'graph';
  readonly revision: number;
  readonly upsertNodes: readonly GraphNodeState[];
  readonly removeNodeIds: readonly string[];
  readonly upsertEdges: readonly GraphEdgeState[];
  readonly removeEdgeIds: readonly string[];
  readonly issues: readonly GraphIssueState[];
}

export type ReceivedEvent =
  | SnapshotEvent
  | ChunksReceived
  | StatusReceived
  | GraphPatchReceived
  | { readonly type: 'step'; readonly step: StepState }
  | { readonly type: 'hook'; readonly hook: HookState }
  | ({ readonly type: 'attempt-failed' } & AttemptFailureState);

export interface ReceivedBatch {
  /** The cursor after this batch. Opaque: compared for equality only. */
  readonly cursor: string;
  /** Whether everything written before this batch was sent has been delivered. */
  readonly caughtUp: boolean;
  readonly events: readonly ReceivedEvent[];
}

/**
 * Why a subscription or a read ended. `retryable`: the session retries by itself. `not-found`: the workflow does not exist.
 * `fatal`: a retry would be refused again.
 */
export interface TransportLoss {
  readonly kind: 'retryable' | 'not-found' | 'fatal';
  /** A sentence for users. */
  readonly message: string;
  /** How long the server asks clients to wait before a retry, in milliseconds, if it said so. */
  readonly retryAfterMs?: number | null;
}

/** A failed read, with what the session should do about it. */
export class TransportError extends Error {
  constructor(readonly loss: TransportLoss) {
    super(loss.message);
    this.name = 'TransportError';
  }
}

export interface StreamSink {
  /** Called in stream order. */
  next(batch: ReceivedBatch): void;
  /** Called at most once; nothing follows. */
  lost(loss: TransportLoss): void;
}

export interface WorkflowTransport {
  /** The workflow at one cursor; `null` when it does not exist. Rejects with `TransportError`. */
  loadWorkflow(workflowId: string): Promise<WorkflowSnapshot | null>;
  /** The messages before a cursor; `null` when the workflow does not exist. Rejects with `TransportError`. */
  loadMessages(request: { workflowId: string; before: string }): Promise<MessagePage | null>;
  /** Closes connections that are opening, so that the next subscription does not wait for them. */
  startAfresh?(): void;
  /** Everything after `cursor`, in order. Returns a function that ends the subscription; idempotent. */
  subscribe(request: { workflowId: string; cursor: string }, sink: StreamSink): () => void;
}
