/**
 * What a session needs from the network: one read and one subscription. Owns the shapes that cross it, so that sessions
 * know nothing of GraphQL.
 */
import type { RunStatus, SnapshotReason, UIMessageChunk, WorkflowStatus } from './contracts.js';
import type {
  AttemptFailureState,
  GraphEdgeState,
  GraphIssueState,
  GraphNodeState,
  GraphState,
  HookState,
  MessageState,
  PromptLockState,
  RunErrorState,
  RunState,
  StepState,
} from './workflow-state.js';

export interface MessageSnapshot extends MessageState {
  /** The compacted chunk list from which folding goes on. Empty in pages of older messages, to which nothing is added. */
  readonly chunks: readonly UIMessageChunk[];
}

/** A part of a conversation, oldest first. */
export interface MessagePage {
  readonly messages: readonly MessageSnapshot[];
  /** The cursor before these messages, from which older ones can be read; `null` when there are none. */
  readonly olderMessages: string | null;
}

/** The workflow as of `cursor`, with its newest messages. */
export interface WorkflowSnapshot extends MessagePage {
  readonly id: string;
  readonly title: string;
  readonly agent: string;
  readonly status: WorkflowStatus;
  readonly cursor: string;
  readonly promptLock: PromptLockState | null;
  readonly graph: GraphState;
  readonly run: RunState | null;
  readonly steps: readonly StepState[];
  /** Of a step that is about to be tried again. */
  readonly attemptFailure: AttemptFailureState | null;
  readonly hooks: readonly HookState[];
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
  /** Whether everything that had been written when this batch left is now delivered. */
  readonly caughtUp: boolean;
  readonly events: readonly ReceivedEvent[];
}

/**
 * Why a subscription or a read ended. `retryable`: the session comes back by itself. `not-found`: there is no such
 * workflow. `fatal`: trying again would be refused again.
 */
export interface TransportLoss {
  readonly kind: 'retryable' | 'not-found' | 'fatal';
  /** A sentence for people. */
  readonly message: string;
  /** How long the server wants to be left alone, in milliseconds, where it said so. */
  readonly retryAfterMs?: number | null;
}

/** A failed read; carries what the session should do about it. */
export class TransportError extends Error {
  constructor(readonly loss: TransportLoss) {
    super(loss.message);
    this.name = 'TransportError';
  }
}

export interface StreamSink {
  /** Called in stream order. */
  next(batch: ReceivedBatch): void;
  /** Called at most once, after which nothing follows. */
  lost(loss: TransportLoss): void;
}

export interface WorkflowTransport {
  /** The workflow as of one cursor; `null` when there is none. Rejects with `TransportError`. */
  loadWorkflow(workflowId: string): Promise<WorkflowSnapshot | null>;
  /** The messages right before a cursor; `null` when there is no such workflow. Rejects with `TransportError`. */
  loadMessages(request: { workflowId: string; before: string }): Promise<MessagePage | null>;
  /** Gives up connections that are being opened, so that the next subscription does not wait for them. */
  startAfresh?(): void;
  /** Everything after `cursor`, in order. Returns a function that ends it; ending it twice is harmless. */
  subscribe(request: { workflowId: string; cursor: string }, sink: StreamSink): () => void;
}
