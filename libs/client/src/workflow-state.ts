/**
 * The state of one workflow as a page renders it. Objects are never modified in place: every change creates new ones, and
 * unchanged parts keep their identity.
 */

import type { UIMessage } from 'ai';
import type {
  HookStatus,
  PromptLockReason,
  RunStatus,
  StepKind,
  StepStatus,
  StreamGraphEdge,
  StreamGraphIssue,
  WorkflowStatus,
} from './contracts.js';

/** A part of an AI SDK message, unchanged. */
export type MessagePart = UIMessage['parts'][number];

export interface MessageState {
  readonly id: string;
  readonly role: 'user' | 'assistant' | 'system';
  readonly runId: string | null;
  readonly parts: readonly MessagePart[];
  /** Whether the message is final. */
  readonly complete: boolean;
  /** RFC 3339; `null` for a message that first appeared in the stream. */
  readonly createdAt: string | null;
}

export interface GraphNodeState {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly position: { readonly x: number; readonly y: number };
}

export type GraphEdgeState = Readonly<StreamGraphEdge>;
export type GraphIssueState = Readonly<StreamGraphIssue>;

export interface GraphState {
  readonly revision: number;
  readonly nodes: readonly GraphNodeState[];
  readonly edges: readonly GraphEdgeState[];
  readonly issues: readonly GraphIssueState[];
}

export interface RunErrorState {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** The newest run of the workflow. */
export interface RunState {
  readonly id: string;
  readonly status: RunStatus;
  readonly error: RunErrorState | null;
  /** The time from which its steps are no longer kept, so that it cannot be retried; RFC 3339. */
  readonly historyExpiredAt: string | null;
}

export interface PromptLockState {
  readonly reason: PromptLockReason;
  /** A sentence for users. */
  readonly message: string;
}

export interface StepState {
  readonly id: string;
  readonly name: string;
  readonly kind: StepKind;
  readonly status: StepStatus;
  readonly error: RunErrorState | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** A point where the run waits, or waited, for an external answer. */
export interface HookState {
  readonly id: string;
  /** The name that the agent gave it. */
  readonly name: string;
  /** What is asked, as a short text for users. */
  readonly title: string;
  readonly status: HookStatus;
  /** The JSON Schema that an answer must fit. */
  readonly schema: unknown;
  /** The answer; `null` while the hook is open. */
  readonly payload: unknown;
  readonly expiresAt: string | null;
  readonly resolvedAt: string | null;
  readonly resolvedBy: { readonly id: string; readonly name: string } | null;
}

/** The last failed try; removed when the run makes progress. */
export interface AttemptFailureState {
  readonly runId: string;
  readonly attempt: number;
  readonly message: string;
  readonly willRetry: boolean;
  readonly nextRetryAt: string | null;
}

export interface WorkflowState {
  readonly id: string;
  readonly title: string;
  readonly agent: string;
  readonly status: WorkflowStatus;
  /** `null` when a prompt may be submitted. */
  readonly promptLock: PromptLockState | null;
  readonly graph: GraphState;
  readonly run: RunState | null;
  /** Steps that changed while the workflow was followed; a snapshot restarts the list. */
  readonly steps: readonly StepState[];
  /** Hooks of the newest run, oldest first. */
  readonly hooks: readonly HookState[];
  readonly attemptFailure: AttemptFailureState | null;
}

/** The text of a message's text parts, in order, exactly as it was streamed. */
export function textOf(message: Pick<MessageState, 'parts'>): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
