/** Maps rows to read models. */
import { cursorAt, type HookEvent, type JsonValue, type StepSummary } from '#libs/contracts';
import type { GraphRevisionEntity } from './entities/graph-revision.entity.js';
import type { HookEntity } from './entities/hook.entity.js';
import type { RunEventEntity } from './entities/run-event.entity.js';
import type { StepEntity } from './entities/step.entity.js';
import type { StepAttemptEntity } from './entities/step-attempt.entity.js';
import type { UserEntity } from './entities/user.entity.js';
import type { WorkflowEntity } from './entities/workflow.entity.js';
import type { ReadMessage } from './message-segments.js';
import type {
  GraphRevisionView,
  HookView,
  MessageView,
  RunEventView,
  StepAttemptView,
  StepView,
  UserView,
  WorkflowView,
} from './read-models.js';
import { shownValue } from './shown-value.js';
import type { JsonColumn } from './stored-values.js';

export function userView(row: UserEntity): UserView {
  return { id: row.id, name: row.name, createdAt: row.createdAt };
}

export function workflowView(row: WorkflowEntity): WorkflowView {
  return {
    id: row.id,
    ownerId: row.ownerId,
    title: row.title,
    agent: row.agent,
    status: row.status,
    statusSince: row.statusSince,
    cursor: cursorAt(row.cursorEpoch, row.cursorSeq),
    graph: row.graph,
    graphIssues: row.graphIssues,
    graphRevision: row.graphRevision,
    revisionsExpiredTo: row.revisionsExpiredTo,
    activeRunId: row.activeRunId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export function messageView(row: ReadMessage): MessageView {
  return {
    id: row.id,
    workflowId: row.workflowId,
    runId: row.runId,
    role: row.role,
    chunks: row.chunks,
    nextIndex: row.nextIndex,
    complete: row.complete,
    createdAt: row.createdAt,
    ordinal: row.ordinal,
  };
}

/** The columns of a step's summary: not input, output and chunks, which can be large. */
export type StepSummaryRow = Pick<
  StepEntity,
  'id' | 'runId' | 'name' | 'kind' | 'status' | 'error' | 'usage' | 'startedAt' | 'finishedAt'
>;

export function stepSummary(row: StepSummaryRow): StepSummary {
  return {
    id: row.id,
    runId: row.runId,
    name: row.name,
    kind: row.kind,
    status: row.status,
    error: row.error,
    usage: row.usage,
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

export function stepView(row: StepEntity): StepView {
  const { ownerId, input, output } = row;
  return { ...stepSummary(row), ownerId, input: shownValue(json(input)), output: shownValue(json(output)) };
}

export function stepAttemptView(row: StepAttemptEntity): StepAttemptView {
  return {
    number: row.number,
    epoch: row.epoch,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: row.error,
    nextRetryAt: row.nextRetryAt,
    usage: row.usage,
  };
}

export function runEventView(row: RunEventEntity): RunEventView {
  const { id, runId, type, stepId, at } = row;
  return { id, runId, type, stepId, data: shownValue(json(row.data)), at };
}

export function hookView(row: HookEntity): HookView {
  return {
    id: row.id,
    runId: row.runId,
    ownerId: row.ownerId,
    name: row.name,
    title: row.title,
    status: row.status,
    tokenHash: row.tokenHash,
    schema: json(row.schema),
    payload: shownValue(json(row.payload)),
    resolvedBy: row.resolvedBy,
    resolvedAt: row.resolvedAt,
    expiresAt: row.expiresAt,
  };
}

/** A hook as the stream carries it. */
export function hookSummary(row: HookEntity): HookEvent['hook'] {
  return {
    id: row.id,
    runId: row.runId,
    name: row.name,
    title: row.title,
    status: row.status,
    resolvedBy: row.resolvedBy,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

export function graphRevisionView(row: GraphRevisionEntity): GraphRevisionView {
  return {
    id: row.id,
    workflowId: row.workflowId,
    revision: row.revision,
    graph: row.graph,
    issues: row.issues,
    runId: row.runId,
    createdAt: row.createdAt,
  };
}

/** A JSON column's value; null when the column was not selected. */
export function json(value: JsonColumn): JsonValue {
  return (value ?? null) as JsonValue;
}
