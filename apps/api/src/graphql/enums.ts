/**
 * The enums of the schema with their descriptions. Their values come from contracts, and the types below fail to compile
 * when one is missing here.
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
  IDLE: 'No run is active. You can submit a prompt.',
  GENERATING: 'A run is queued or running.',
  WAITING: 'The run waits for an answer from outside. It occupies no worker.',
  COMPLETING: 'The agent is done; the result is being checked and saved.',
  FAILED: 'The last run failed. You can submit a prompt or retry the run.',
});

export const RunStatusEnum = enumOf<RunStatus>('RunStatus', 'The state of a run.', {
  QUEUED: 'Accepted and stored; no worker has claimed it yet.',
  RUNNING: 'A worker is executing it.',
  WAITING: 'Waits for a hook or a point in time. Occupies no worker.',
  COMPLETING: 'The result is being checked and saved.',
  SUCCEEDED: 'Succeeded. Final.',
  FAILED: 'Ended with an error. It can be retried from its last stored step.',
  CANCELED: 'Stopped by a person; what it has written so far is kept.',
});

export const StepStatusEnum = enumOf<StepStatus>('StepStatus', 'The state of a step.', {
  PENDING: 'Known, but not running right now.',
  RUNNING: 'Being executed.',
  RETRYING: 'A try failed; another one follows.',
  SUCCEEDED: 'Its result is stored. It will never be executed again.',
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

export const HookStatusEnum = enumOf<HookStatus>('HookStatus', 'The state of a hook.', {
  WAITING: 'Open: an answer is accepted.',
  RESOLVED: 'Answered. The first answer counts.',
  EXPIRED: 'Nobody answered in time.',
  CANCELED: 'Its run was canceled.',
});

export const PromptLockReasonEnum = enumOf<PromptLockReason>(
  'PromptLockReason',
  'Why no prompt can be submitted right now.',
  {
    GENERATING: 'A run is queued or running.',
    WAITING_FOR_HOOK: 'The run waits for an answer.',
    COMPLETING: 'The result is being checked and saved.',
    NO_PERMISSION: 'The viewer may read this workflow, but not change it.',
  },
);

export type WorkflowRole = 'OWNER' | 'EDITOR' | 'VIEWER';
export const WorkflowRoleEnum = enumOf<WorkflowRole>('WorkflowRole', 'What the viewer may do with a workflow.', {
  OWNER: 'Everything.',
  EDITOR: 'May read, prompt, stop and retry.',
  VIEWER: 'May read and watch.',
});

export const SnapshotReasonEnum = enumOf<SnapshotReason>('SnapshotReason', 'Why a snapshot is sent.', {
  INITIAL: 'The subscription had no cursor, or one from before the stream began.',
  CURSOR_EXPIRED: 'The cursor is older than the stream’s oldest entry.',
  CURSOR_UNKNOWN: 'The stream does not know this cursor.',
  LAGGED: 'The subscriber fell too far behind.',
  RUN_STARTED: 'A new run began, with its prompt as a new message.',
  TAKEOVER: 'Another writer took over. The snapshot shows what is stored.',
});

export const UserErrorCodeEnum = enumOf<UserErrorCode>('UserErrorCode', 'Why a mutation was refused.', {
  NOT_FOUND: 'It does not exist, or is not yours. You cannot tell which.',
  VALIDATION: 'An input is not valid; `field` names it.',
  CONFLICT: 'The current state does not allow it.',
  FORBIDDEN: 'The viewer may not do this.',
  IDEMPOTENCY_REUSED: 'The idempotency key was used before with another input.',
  RATE_LIMITED: 'Too many requests; try again later.',
  UNAVAILABLE: 'Part of the server cannot be reached; try again.',
});

export type IssueSeverity = StreamGraphIssue['severity'];
export const IssueSeverityEnum = enumOf<IssueSeverity>('IssueSeverity', 'How serious a finding of the linter is.', {
  ERROR: 'The workflow cannot work; no run may succeed with it.',
  WARNING: 'It works, but probably not as intended.',
  INFO: 'Worth knowing.',
});

export const AttemptLossCauseEnum = enumOf<AttemptLossCause>(
  'AttemptLossCause',
  'Why an attempt ended before its run did.',
  {
    KILLED: 'The worker process died. Counts against the run unless the attempt stored a step.',
    HUNG: 'The worker showed no sign of life for too long. Counts like KILLED.',
    CUT_OFF: 'The worker lost its connection to Redis or Postgres. Does not count.',
    BROKE_OFF: 'The worker failed with an error. Counts like KILLED.',
    HANDED_BACK: 'The worker shut down and handed the run back. Does not count.',
  },
);
