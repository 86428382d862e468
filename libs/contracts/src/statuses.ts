/** Statuses of runs, steps, hooks and workflows, and their predicates. */

export const workflowStatuses = ['IDLE', 'GENERATING', 'WAITING', 'COMPLETING', 'FAILED'] as const;
export type WorkflowStatus = (typeof workflowStatuses)[number];

/** Statuses of a run that has not ended. */
export const activeRunStatuses = ['QUEUED', 'RUNNING', 'WAITING', 'COMPLETING'] as const;
/** Statuses of a run that never changes again, unless a person retries it. */
export const terminalRunStatuses = ['SUCCEEDED', 'FAILED', 'CANCELED'] as const;
export const runStatuses = [...activeRunStatuses, ...terminalRunStatuses] as const;
export type RunStatus = (typeof runStatuses)[number];
export type TerminalRunStatus = (typeof terminalRunStatuses)[number];
/** Statuses of a run that a worker is executing. */
export const heldRunStatuses = ['RUNNING', 'COMPLETING'] as const satisfies readonly RunStatus[];

export const stepStatuses = ['PENDING', 'RUNNING', 'RETRYING', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;
export type StepStatus = (typeof stepStatuses)[number];

export const stepKinds = ['MODEL_CALL', 'TOOL_CALL', 'FUNCTION', 'SLEEP', 'HOOK'] as const;
export type StepKind = (typeof stepKinds)[number];

export const hookStatuses = ['WAITING', 'RESOLVED', 'EXPIRED', 'CANCELED'] as const;
export type HookStatus = (typeof hookStatuses)[number];

export const promptLockReasons = ['GENERATING', 'WAITING_FOR_HOOK', 'COMPLETING', 'NO_PERMISSION'] as const;
export type PromptLockReason = (typeof promptLockReasons)[number];

export const snapshotReasons = [
  'INITIAL',
  'CURSOR_EXPIRED',
  'CURSOR_UNKNOWN',
  'LAGGED',
  'RUN_STARTED',
  'TAKEOVER',
] as const;
export type SnapshotReason = (typeof snapshotReasons)[number];

const terminal: ReadonlySet<string> = new Set(terminalRunStatuses);
const held: ReadonlySet<string> = new Set(heldRunStatuses);

/** Whether a run in this state never changes again. */
export function isTerminalRunStatus(status: string): status is TerminalRunStatus {
  return terminal.has(status);
}

/** Whether a worker is executing a run in this state, or was when it died. */
export function isHeldRunStatus(status: RunStatus): boolean {
  return held.has(status);
}

/** The workflow status for the status of its active run. */
const workflowStatusByRun: Readonly<Record<RunStatus, WorkflowStatus>> = {
  QUEUED: 'GENERATING',
  RUNNING: 'GENERATING',
  WAITING: 'WAITING',
  COMPLETING: 'COMPLETING',
  FAILED: 'FAILED',
  SUCCEEDED: 'IDLE',
  CANCELED: 'IDLE',
};

export function workflowStatusFor(runStatus: RunStatus): WorkflowStatus {
  return workflowStatusByRun[runStatus];
}

export interface PromptLockText {
  reason: PromptLockReason;
  /** A sentence for people. */
  message: string;
}

const promptLocks: Readonly<Record<WorkflowStatus, PromptLockText | null>> = {
  IDLE: null,
  FAILED: null,
  GENERATING: {
    reason: 'GENERATING',
    message: 'Still working. Send your next prompt when it’s done, or stop it now.',
  },
  WAITING: {
    reason: 'WAITING_FOR_HOOK',
    message: 'Paused: the run waits for an answer or for a set time. Answer it, or stop it.',
  },
  COMPLETING: { reason: 'COMPLETING', message: 'Finishing: the result is being checked and saved.' },
};

/** Why no prompt may be submitted in this state, or `null` when one may. */
export function promptLockFor(status: WorkflowStatus): PromptLockText | null {
  return promptLocks[status];
}
