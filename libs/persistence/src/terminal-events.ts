/** The terminal events of runs: which are not published yet, and the record that they are. */
import { type EntityManager, In, LessThan } from 'typeorm';
import {
  type AppendableEvent,
  type Cursor,
  cursorParts,
  type HookEvent,
  type RunId,
  runStatusFields,
  type StepEvent,
  terminalRunStatuses,
  type WorkflowId,
  type WorkflowStatus,
  workflowStatusFor,
} from '#libs/contracts';
import type { OpenEpochEffect, RunEnd } from '#libs/engine';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { StepEntity } from './entities/step.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { hookSummary, stepSummary, summaryColumns } from './views.js';
import type { LockedWorkflow } from './workflow-lock.js';

const ended = In([...terminalRunStatuses]);

/**
 * Every end of the workflow that may be unpublished, oldest first. Whoever takes an epoch must publish all of them, because
 * nobody can add to an earlier epoch later. The workflow must be locked.
 */
export async function unpublishedEnds(
  manager: EntityManager,
  workflow: Pick<LockedWorkflow, 'id' | 'status'>,
): Promise<RunEnd[]> {
  const runs = await manager.find(RunEntity, {
    where: { workflowId: workflow.id, streamClosed: false, status: ended },
    order: { epoch: 'ASC' },
  });
  const ends: RunEnd[] = [];
  for (const run of runs) ends.push(await endOf(manager, run, workflow.status));
  return ends;
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

/** The end that a holder has just stored. Its subscribers follow the log without a snapshot, so its steps come first. */
export async function freshEnd(manager: EntityManager, runId: RunId): Promise<RunEnd> {
  const run = await manager.findOneByOrFail(RunEntity, { id: runId });
  const end = await endOf(manager, run, workflowStatusFor(run.status));
  return { ...end, events: [...(await canceledSteps(manager, runId)), ...end.events] };
}

async function endOf(manager: EntityManager, run: RunEntity, status: WorkflowStatus): Promise<RunEnd> {
  return {
    runId: run.id,
    epoch: run.epoch ?? 0,
    events: [
      ...(await canceledHooks(manager, run.id)),
      {
        type: 'status',
        runId: run.id,
        status,
        ...runStatusFields(run.status, run.error),
        terminal: true,
        // Every end has a time: a CHECK constraint guarantees it.
        at: (run.finishedAt ?? run.createdAt).toISOString(),
      },
    ],
  };
}

async function canceledSteps(manager: EntityManager, runId: RunId): Promise<AppendableEvent[]> {
  const steps = await manager.find(StepEntity, {
    select: summaryColumns,
    where: { runId, status: 'CANCELED' },
    order: { ordinal: 'ASC' },
  });
  return steps.map((step): StepEvent => ({ type: 'step', step: stepSummary(step) }));
}

async function canceledHooks(manager: EntityManager, runId: RunId): Promise<AppendableEvent[]> {
  const hooks = await manager.find(HookEntity, { where: { runId, status: 'CANCELED' }, order: { ordinal: 'ASC' } });
  return hooks.map((hook): HookEvent => ({ type: 'hook', hook: hookSummary(hook) }));
}

/** Records that these ends are published. Leaves alone the new end of a run that was retried since. Idempotent. */
export async function recordEndsPublished(manager: EntityManager, ends: readonly RunEnd[]): Promise<void> {
  for (const { runId, epoch } of ends) {
    await manager.update(RunEntity, { id: runId, epoch, status: ended }, { streamClosed: true });
  }
}

/**
 * Moves the workflow's cursor past the terminal event, which holds no chunks, so the stored message is exact there as well.
 * Later readers are then not sent an end that is over, which matters most while the next run is queued. Does nothing when a
 * later epoch was taken.
 */
export async function moveCursorToEnd(manager: EntityManager, workflowId: WorkflowId, cursor: Cursor): Promise<void> {
  const { epoch, seq } = cursorParts(cursor);
  const before = { id: workflowId, epoch, cursorEpoch: epoch, cursorSeq: LessThan(seq) };
  await manager.update(WorkflowEntity, before, { cursorSeq: seq });
}
