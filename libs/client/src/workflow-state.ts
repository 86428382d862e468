/**
 * What a viewer of one workflow knows. Owns the shapes that a page renders; holds no behaviour and is never modified in
 * place: every change makes new objects, and what did not change keeps its identity.
 */

import type { UIMessage } from 'ai';
import type { HookStatus, PromptLockReason, RunStatus, StepKind, StepStatus, WorkflowStatus } from './contracts.js';

/** A part of an AI SDK message, unchanged. */
export type MessagePart = UIMessage['parts'][number];

export interface MessageState {
  readonly id: string;
  readonly role: 'user' | 'assistant' | 'system';
  readonly runId: string | null;
  readonly parts: readonly MessagePart[];
  /** Whether nothing more will be added to it. */
  readonly complete: boolean;
  /** RFC 3339; `null` for a message first met in the stream. */
  readonly createdAt: string | null;
}

export interface GraphNodeState {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly position: { readonly x: number; readonly y: number };
}

export interface GraphEdgeState {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly branch: string | null;
}

export interface GraphIssueState {
  readonly code: string;
  readonly severity: 'ERROR' | 'WARNING' | 'INFO';
  readonly message: string;
  readonly nodeId: string | null;
  readonly edgeId: string | null;
  readonly path: string | null;
}

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
  /** Since when its steps are no longer kept, so that it cannot be tried again; RFC 3339. */
  readonly historyExpiredAt: string | null;
}

export interface PromptLockState {
  readonly reason: PromptLockReason;
  /** A sentence for people. */
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

/** A place where the run waits, or waited, for an answer from outside. */
export interface HookState {
  readonly id: string;
  /** The name that the agent gave it. */
  readonly name: string;
  /** What is asked for, as a short text for people. */
  readonly title: string;
  readonly status: HookStatus;
  /** The JSON Schema that an answer must fit. */
  readonly schema: unknown;
  /** The answer; `null` while it waits. */
  readonly payload: unknown;
  readonly expiresAt: string | null;
  readonly resolvedAt: string | null;
  readonly resolvedBy: { readonly id: string; readonly name: string } | null;
}

/** The last failed try; gone as soon as the run gets further. */
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
  /** Those that changed while the workflow was followed; a snapshot begins the list anew. */
  readonly steps: readonly StepState[];
  /** Those of the newest run, oldest first. */
  readonly hooks: readonly HookState[];
  readonly attemptFailure: AttemptFailureState | null;
}

/** The text of a message's text parts, in order, exactly as it was streamed. */
export function textOf(message: Pick<MessageState, 'parts'>): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
