/**
 * The enums of the schema and what each value means. Owns descriptions; the values themselves stand in contracts, and
 * the types below fail to compile when one is missing here.
 */
import { registerEnumType } from '@nestjs/graphql';
import type {
  AttemptLossCause,
  HookStatus,
  PromptLockReason,
  RunStatus,
  SnapshotReason,
  StepKind,
  StepStatus,
  StreamGraphIssue,
  UserErrorCode,
  WorkflowStatus,
} from '#libs/contracts';

type Descriptions<V extends string> = Record<V, string>;
type EnumObject<V extends string> = { readonly [K in V]: K };

function enumOf<V extends string>(name: string, description: string, values: Descriptions<V>): EnumObject<V> {
  const entries = Object.entries<string>(values);
  const object = Object.fromEntries(entries.map(([value]) => [value, value])) as EnumObject<V>;
  registerEnumType(object, {
    name,
    description,
    valuesMap: Object.fromEntries(entries.map(([value, text]) => [value, { description: text }])) as Record<
      V,
      { description: string }
    >,
  });
  return object;
}

export const WorkflowStatusEnum = enumOf<WorkflowStatus>('WorkflowStatus', 'What a workflow is doing.', {
  IDLE: 'Nothing runs. A prompt may be submitted.',
  GENERATING: 'A run is queued or running.',
  WAITING: 'The run waits for an answer from outside. It holds no worker.',
  COMPLETING: 'The model is done; the result is being checked and saved.',
  FAILED: 'The last run failed. A prompt may be submitted, or the run retried.',
});

export const RunStatusEnum = enumOf<RunStatus>('RunStatus', 'Where a run is between its submit and its end.', {
  QUEUED: 'Accepted and stored; no worker has taken it yet.',
  RUNNING: 'A worker holds it.',
  WAITING: 'It waits for a hook or a point in time and holds no worker.',
  COMPLETING: 'The result is being checked and saved.',
  SUCCEEDED: 'Ended well. Never changes again.',
  FAILED: 'Ended with an error. It may be retried from its last good step.',
  CANCELED: 'Stopped by a person; what was written so far is kept.',
});

export const StepStatusEnum = enumOf<StepStatus>('StepStatus', 'Where a step is.', {
  PENDING: 'Known, and not running at the moment.',
  RUNNING: 'Being executed.',
  RETRYING: 'An attempt failed; another one follows.',
  SUCCEEDED: 'Its result is stored. It is never executed again.',
  FAILED: 'Failed for good.',
  CANCELED: 'Given up because its run was canceled.',
});

export const StepKindEnum = enumOf<StepKind>('StepKind', 'What a step does.', {
  MODEL_CALL: 'One call of the model.',
  TOOL_CALL: 'One call of a tool that the model asked for.',
  FUNCTION: 'A function of the agent.',
  SLEEP: 'A wait for a point in time.',
  HOOK: 'A wait for an answer from outside.',
});

export const HookStatusEnum = enumOf<HookStatus>('HookStatus', 'Where a hook is.', {
  WAITING: 'Open: an answer is accepted.',
  RESOLVED: 'Answered. The first answer counts.',
  EXPIRED: 'Nobody answered in time.',
  CANCELED: 'Its run was canceled.',
});

export const PromptLockReasonEnum = enumOf<PromptLockReason>(
  'PromptLockReason',
  'Why no prompt may be submitted at the moment.',
  {
    GENERATING: 'A run is queued or running.',
    WAITING_FOR_HOOK: 'The run waits for an answer.',
    COMPLETING: 'The result is being checked and saved.',
    NO_PERMISSION: 'The viewer may read this workflow but not change it.',
  },
);

export type WorkflowRole = 'OWNER' | 'EDITOR' | 'VIEWER';
export const WorkflowRoleEnum = enumOf<WorkflowRole>('WorkflowRole', 'What the viewer may do with a workflow.', {
  OWNER: 'Everything.',
  EDITOR: 'Read, prompt, stop and retry.',
  VIEWER: 'Read and watch.',
});

export const SnapshotReasonEnum = enumOf<SnapshotReason>('SnapshotReason', 'Why a snapshot is sent.', {
  INITIAL: 'The subscription gave no cursor, or that of a workflow whose stream had not begun.',
  CURSOR_EXPIRED: 'The cursor is older than what the stream still holds.',
  CURSOR_UNKNOWN: 'The stream does not know this cursor.',
  LAGGED: 'The subscriber fell too far behind.',
  RUN_STARTED: 'A new run began, with its prompt as a new message.',
  TAKEOVER: 'Another writer took the workflow over; what it knows is stored.',
});

export const UserErrorCodeEnum = enumOf<UserErrorCode>('UserErrorCode', 'Why a mutation was refused.', {
  NOT_FOUND: 'It does not exist, or it is not yours: the two look the same.',
  VALIDATION: 'An input does not fit; `field` names it.',
  CONFLICT: 'The present state does not allow it.',
  FORBIDDEN: 'The viewer may not do this.',
  IDEMPOTENCY_REUSED: 'The idempotency key was used before with another input.',
  RATE_LIMITED: 'Too many requests; try again later.',
  UNAVAILABLE: 'A part of the server cannot be reached; try again.',
});

export type IssueSeverity = StreamGraphIssue['severity'];
export const IssueSeverityEnum = enumOf<IssueSeverity>('IssueSeverity', 'How bad a finding of the linter is.', {
  ERROR: 'The workflow cannot work; a run may not succeed with it.',
  WARNING: 'It works, but probably not as meant.',
  INFO: 'Worth knowing.',
});

export const AttemptLossCauseEnum = enumOf<AttemptLossCause>(
  'AttemptLossCause',
  'Why an attempt at a run ended although the run had not.',
  {
    KILLED: 'Its worker process ended. Counts as an attempt unless a step was stored in it.',
    HUNG: 'Its worker gave no sign of life for too long. Counts as KILLED does.',
    CUT_OFF: 'Its worker could not reach Redis or Postgres any more. Does not count.',
    BROKE_OFF: 'It ended on an error of the worker. Counts as KILLED does.',
    HANDED_BACK: 'Its worker shut down and gave the run back. Does not count.',
  },
);
