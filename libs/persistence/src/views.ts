/**
 * What readers see of a row: plain values for the API to present, never entities. This is the only place in persistence that
 * names the columns shown.
 */
import {
  cursorAt,
  type HookEvent,
  type JsonValue,
  type RunErrorInfo,
  type RunStatus,
  type StepSummary,
} from '#libs/contracts';
import type { GraphRevisionEntity } from './entities/graph-revision.entity.js';
import type { HookEntity } from './entities/hook.entity.js';
import type { RunEntity } from './entities/run.entity.js';
import type { RunEventEntity } from './entities/run-event.entity.js';
import type { StepEntity } from './entities/step.entity.js';
import type { StepAttemptEntity } from './entities/step-attempt.entity.js';
import type { UserEntity } from './entities/user.entity.js';
import type { WorkflowEntity } from './entities/workflow.entity.js';
import type { ReadMessage } from './message-segments.js';
import { shownValue } from './shown-value.js';
import type { JsonColumn } from './stored-values.js';

/** Copies these columns of a row. */
function columnsOf<Row>() {
  return <const Name extends keyof Row>(...names: readonly Name[]) =>
    (row: Pick<Row, Name>): Pick<Row, Name> =>
      Object.fromEntries(names.map((name) => [name, row[name]])) as Pick<Row, Name>;
}

export const userView = columnsOf<UserEntity>()('id', 'name', 'createdAt');
export type UserView = ReturnType<typeof userView>;

const workflowColumns = columnsOf<WorkflowEntity>()(
  'id',
  'ownerId',
  'title',
  'agent',
  'status',
  'statusSince',
  'graph',
  'graphIssues',
  'graphRevision',
  'revisionsExpiredTo',
  'activeRunId',
  'createdAt',
  'updatedAt',
);
/** A workflow's row, as lists show it. */
export type WorkflowView = ReturnType<typeof workflowView>;

export function workflowView(row: WorkflowEntity) {
  return { ...workflowColumns(row), cursor: cursorAt(row.cursorEpoch, row.cursorSeq) };
}

const runColumns = columnsOf<RunEntity>()(
  'id',
  'workflowId',
  'ownerId',
  'status',
  'prompt',
  'agent',
  'model',
  'attempts',
  'error',
  'usage',
  'createdAt',
  'startedAt',
  'wakeAt',
  'finishedAt',
  'historyExpiredAt',
);
/** Exactly the failed runs have an error, as a CHECK constraint guarantees. */
export type RunView = Omit<ReturnType<typeof runColumns>, 'status' | 'error'> &
  ({ status: 'FAILED'; error: RunErrorInfo } | { status: Exclude<RunStatus, 'FAILED'>; error: null });

export function runView(row: RunEntity): RunView {
  const view = runColumns(row) as RunView;
  return view.status === 'WAITING' ? view : { ...view, wakeAt: null };
}

/** Its chunks are compacted; for a user's message, the text as chunks. */
export const messageView = columnsOf<ReadMessage>()(
  'id',
  'workflowId',
  'runId',
  'role',
  'chunks',
  'nextIndex',
  'complete',
  'createdAt',
  'ordinal',
);
export type MessageView = ReturnType<typeof messageView>;

/** Not input, output and chunks, which can be large. */
const stepColumns = columnsOf<StepEntity>()('id', 'runId', 'name', 'kind', 'status', 'error', 'usage');

/** A step as the stream carries it. */
export function stepSummary(row: Parameters<typeof stepColumns>[0] & Pick<StepEntity, Ends>): StepSummary {
  return { ...stepColumns(row), startedAt: instant(row.startedAt), finishedAt: instant(row.finishedAt) };
}
type Ends = 'startedAt' | 'finishedAt';

/** A step with everything but its attempts. */
export type StepView = ReturnType<typeof stepView>;

export function stepView(row: StepEntity) {
  const { ownerId, input, output } = row;
  return { ...stepSummary(row), ownerId, input: shownValue(json(input)), output: shownValue(json(output)) };
}

export const stepAttemptView = columnsOf<StepAttemptEntity>()(
  'number',
  'epoch',
  'startedAt',
  'finishedAt',
  'error',
  'nextRetryAt',
  'usage',
);
export type StepAttemptView = ReturnType<typeof stepAttemptView>;

const runEventColumns = columnsOf<RunEventEntity>()('id', 'runId', 'type', 'stepId', 'at');
export type RunEventView = ReturnType<typeof runEventView>;

export function runEventView(row: RunEventEntity) {
  return { ...runEventColumns(row), data: shownValue(json(row.data)) };
}

const hookColumns = columnsOf<HookEntity>()('id', 'runId', 'name', 'title', 'status', 'resolvedBy');
export type HookView = ReturnType<typeof hookView>;

export function hookView(row: HookEntity) {
  const { ownerId, tokenHash, resolvedAt, expiresAt } = row;
  const values = { schema: json(row.schema), payload: shownValue(json(row.payload)) };
  return { ...hookColumns(row), ownerId, tokenHash, resolvedAt, expiresAt, ...values };
}

/** A hook as the stream carries it. */
export function hookSummary(row: HookEntity): HookEvent['hook'] {
  return { ...hookColumns(row), resolvedAt: instant(row.resolvedAt), expiresAt: instant(row.expiresAt) };
}

export const graphRevisionView = columnsOf<GraphRevisionEntity>()(
  'id',
  'workflowId',
  'revision',
  'graph',
  'issues',
  'runId',
  'createdAt',
);
export type GraphRevisionView = ReturnType<typeof graphRevisionView>;

/** A JSON column's value; null when the column was not selected. */
export function json(value: JsonColumn): JsonValue {
  return (value ?? null) as JsonValue;
}

function instant(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
