/**
 * The enums of the schema. Their values come from contracts, and their descriptions from enums.json: the types below fail
 * to compile when one is missing there.
 */
import { registerEnumType } from '@nestjs/graphql';
import type {
  AttemptLossCause,
  HookStatus,
  PromptLockReason,
  RunStatus,
  Scope,
  SnapshotReason,
  StepKind,
  StepStatus,
  StreamGraphIssue,
  UserErrorCode,
  UserRole,
  WorkflowStatus,
} from '#libs/contracts';
import type { ExportFormat } from '#libs/graph';
import descriptions from './enums.json' with { type: 'json' };

type EnumObject<V extends string> = { readonly [K in V]: K };

function enumOf<V extends string>(
  name: string,
  { description, values }: { description: string; values: Record<V, string> },
): EnumObject<V> {
  const entries = Object.entries<string>(values);
  const object = Object.fromEntries(entries.map(([value]) => [value, value])) as EnumObject<V>;
  const valuesMap = Object.fromEntries(entries.map(([value, text]) => [value, { description: text }]));
  registerEnumType(object, { name, description, valuesMap: valuesMap as Record<V, { description: string }> });
  return object;
}

export const WorkflowStatusEnum = enumOf<WorkflowStatus>('WorkflowStatus', descriptions.WorkflowStatus);

export const RunStatusEnum = enumOf<RunStatus>('RunStatus', descriptions.RunStatus);

export const StepStatusEnum = enumOf<StepStatus>('StepStatus', descriptions.StepStatus);

export const StepKindEnum = enumOf<StepKind>('StepKind', descriptions.StepKind);

export const HookStatusEnum = enumOf<HookStatus>('HookStatus', descriptions.HookStatus);

export const PromptLockReasonEnum = enumOf<PromptLockReason>('PromptLockReason', descriptions.PromptLockReason);

export type WorkflowRole = 'OWNER' | 'EDITOR' | 'VIEWER';
export const WorkflowRoleEnum = enumOf<WorkflowRole>('WorkflowRole', descriptions.WorkflowRole);

export const SnapshotReasonEnum = enumOf<SnapshotReason>('SnapshotReason', descriptions.SnapshotReason);

export const UserErrorCodeEnum = enumOf<UserErrorCode>('UserErrorCode', descriptions.UserErrorCode);

export type IssueSeverity = StreamGraphIssue['severity'];
export const IssueSeverityEnum = enumOf<IssueSeverity>('IssueSeverity', descriptions.IssueSeverity);

export const AttemptLossCauseEnum = enumOf<AttemptLossCause>('AttemptLossCause', descriptions.AttemptLossCause);

export const ExportFormatEnum = enumOf<Uppercase<ExportFormat>>('ExportFormat', descriptions.ExportFormat);

export const UserRoleEnum = enumOf<UserRole>('UserRole', descriptions.UserRole);

export const ScopeEnum = enumOf<Scope>('Scope', descriptions.Scope);
