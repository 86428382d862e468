/** What is known of the ends of runs in the stream: which are not there yet, and that they are. */
import { type EntityManager, In, LessThan } from 'typeorm';
import {
  type AppendableEvent,
  type Cursor,
  cursorParts,
  type HookEvent,
  type RunId,
  type StepEvent,
  type TerminalRunStatus,
  type WorkflowId,
  type WorkflowStatus,
  workflowStatusFor,
} from '#libs/contracts';
import type { RunEnd } from '#libs/engine';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { StepEntity } from './entities/step.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { hookSummary, stepSummary, summaryColumns } from './views.js';

const ended: TerminalRunStatus[] = ['SUCCEEDED', 'FAILED', 'CANCELED'];

/**
 * Every end that the workflow's stream may not hold, oldest first. Whoever takes an epoch tells all of them: what a later
 * epoch does not tell, nobody else can. The workflow must be locked.
 * @param status of the workflow as it is: a newer prompt may be queued already
 */
export async function untoldEnds(
  manager: EntityManager,
  workflowId: WorkflowId,
  status: WorkflowStatus,
): Promise<RunEnd[]> {
  const runs = await manager.find(RunEntity, {
    where: { workflowId, streamClosed: false, status: In(ended) },
    order: { epoch: 'ASC' },
  });
  const ends: RunEnd[] = [];
  for (const run of runs) ends.push(await endOf(manager, run, status));
  return ends;
}

/** The end that a holder has just stored. Its viewers follow the log without a snapshot, so they are told of steps too. */
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
        runStatus: run.status,
        error: run.error,
        terminal: true,
        // Every end has a time: the table insists on it.
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

/** Records that these ends stand in the stream. A run that was tried again since keeps its new end untold. Idempotent. */
export async function recordEndsTold(manager: EntityManager, ends: readonly RunEnd[]): Promise<void> {
  for (const { runId, epoch } of ends) {
    await manager.update(RunEntity, { id: runId, epoch, status: In(ended) }, { streamClosed: true });
  }
}

/**
 * Moves the workflow's cursor behind the terminal event, which holds no chunks, so that the stored message is exact
 * there as well. Whoever reads the workflow later is not told the end of a run that is over, least of all while the next
 * one is queued. Does nothing when a later epoch was taken.
 */
export async function moveCursorToEnd(manager: EntityManager, workflowId: WorkflowId, cursor: Cursor): Promise<void> {
  const { epoch, seq } = cursorParts(cursor);
  const before = { id: workflowId, epoch, cursorEpoch: epoch, cursorSeq: LessThan(seq) };
  await manager.update(WorkflowEntity, before, { cursorSeq: seq });
}
