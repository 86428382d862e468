/** The terminal events of runs: which are not published yet, and the record that they are. */
import { type EntityManager, In } from 'typeorm';
import {
  type HookEvent,
  type RunErrorInfo,
  type RunId,
  type RunStatus,
  runStatusFields,
  type StepEvent,
  type StepSummary,
  terminalRunStatuses,
  type WorkflowStatus,
  workflowStatusFor,
} from '#libs/contracts';
import type { OpenEpochEffect, RunEnd } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { sqlList, storedJson } from './stored-values.js';
import { functionOf, tablesOf } from './table-names.js';
import type { LockedWorkflow } from './workflow-lock.js';

const ended = In([...terminalRunStatuses]);

/** What the database says of a run that has ended. */
export interface EndedRun {
  runId: RunId;
  epoch: number;
  status: RunStatus;
  error: RunErrorInfo | null;
  at: string;
  /** Those that ended with the run. */
  steps: StepSummary[];
  hooks: HookEvent['hook'][];
}

/**
 * Every end of the workflow that may be unpublished, oldest first. Whoever takes an epoch must publish all of them, because
 * nobody can add to an earlier epoch later. The workflow must be locked.
 */
export async function unpublishedEnds(
  manager: EntityManager,
  workflow: Pick<LockedWorkflow, 'id' | 'status'>,
): Promise<RunEnd[]> {
  const { runs } = tablesOf(manager);
  const rows = await manager.query<{ ended: unknown }[]>(
    `SELECT ${functionOf(manager, 'ended_run')}(id) AS ended FROM ${runs}
      WHERE workflow_id = $1 AND NOT stream_closed AND status IN ${sqlList(terminalRunStatuses)} ORDER BY epoch`,
    [workflow.id],
  );
  return rows.map(({ ended }) => endOf(storedJson.from(ended) as EndedRun, workflow.status));
}

/**
 * The effect that publishes what the workflow's stream may lack, in the epoch just taken for it. For use when no worker
 * holds a run of the workflow.
 */
export async function publishing(manager: EntityManager, workflow: LockedWorkflow): Promise<OpenEpochEffect> {
  const { id: workflowId, epoch, status } = workflow;
  const ends = await unpublishedEnds(manager, workflow);
  return { type: 'open-epoch', workflowId, epoch, ends, events: [], closes: status === 'IDLE' || status === 'FAILED' };
}

/**
 * The end that a holder has just stored. Its subscribers follow the log without a snapshot, so its steps come first.
 * @param completed the step whose result was stored with the end
 */
export function freshEnd(ended: EndedRun, completed: StepSummary | null): RunEnd {
  const end = endOf(ended, workflowStatusFor(ended.status));
  const steps = [...(completed ? [completed] : []), ...ended.steps];
  return { ...end, events: [...steps.map((step): StepEvent => ({ type: 'step', step })), ...end.events] };
}

function endOf({ runId, epoch, status: runStatus, error, at, hooks }: EndedRun, status: WorkflowStatus): RunEnd {
  const fields = runStatusFields(runStatus, error);
  return {
    runId,
    epoch,
    events: [
      ...hooks.map((hook): HookEvent => ({ type: 'hook', hook })),
      { type: 'status', runId, status, ...fields, terminal: true, at },
    ],
  };
}

/** Records that these ends are published. Leaves alone the new end of a run that was retried since. Idempotent. */
export async function recordEndsPublished(manager: EntityManager, ends: readonly RunEnd[]): Promise<void> {
  for (const { runId, epoch } of ends) {
    await manager.update(RunEntity, { id: runId, epoch, status: ended }, { streamClosed: true });
  }
}
