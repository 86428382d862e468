/**
 * The row lock that orders everything about a workflow, and the fence that keeps stale claims out. Every transaction
 * that changes a workflow or anything below it takes this lock first, so none of them can deadlock with another.
 */
import type { EntityManager } from 'typeorm';
import { isTerminalRunStatus, type UserId, type WorkflowId } from '#libs/contracts';
import { FencedError, type RunClaim } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';

/** A workflow's row without its graph and the findings on it, which are large and seldom needed. */
export type LockedWorkflow = Omit<WorkflowEntity, 'graph' | 'graphIssues'>;

const lockedColumns = {
  id: true,
  ordinal: true,
  ownerId: true,
  title: true,
  titleIsOwn: true,
  agent: true,
  status: true,
  statusSince: true,
  epoch: true,
  cursorEpoch: true,
  cursorSeq: true,
  graphRevision: true,
  revisionsExpiredTo: true,
  activeRunId: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Record<keyof LockedWorkflow, true>;

/** Locks the row until the end of the transaction; `null` when there is none, or it belongs to somebody else. */
export function lockWorkflow(
  manager: EntityManager,
  where: { id: WorkflowId; ownerId?: UserId; epoch?: number },
): Promise<LockedWorkflow | null> {
  return manager.findOne(WorkflowEntity, { select: lockedColumns, where, lock: { mode: 'pessimistic_write' } });
}

/** Locks the workflow of a claim. Throws `FencedError` when a later epoch has been taken. */
export async function lockClaimed(manager: EntityManager, claim: RunClaim): Promise<LockedWorkflow> {
  const workflow = await lockWorkflow(manager, { id: claim.workflowId, epoch: claim.epoch });
  if (!workflow) throw new FencedError(`Epoch ${claim.epoch} of ${claim.workflowId} has been superseded.`);
  return workflow;
}

/** When the workflow's status last changed, RFC 3339. The workflow must be locked. */
export async function statusSince(manager: EntityManager, id: WorkflowId): Promise<string> {
  const row = await manager.findOneOrFail(WorkflowEntity, { select: { id: true, statusSince: true }, where: { id } });
  return row.statusSince.toISOString();
}

/** The claim's run. The workflow must be locked, which keeps the run as it is. */
export async function claimedRun(manager: EntityManager, claim: RunClaim): Promise<RunEntity> {
  const run = await manager.findOneBy(RunEntity, { id: claim.runId, workflowId: claim.workflowId });
  if (!run) throw new FencedError(`${claim.runId} does not exist any more.`);
  return run;
}

/**
 * Locks the workflow of a claim and reads its run. Throws `FencedError` also when the run has ended, was given back or waits:
 * nothing may be added to it then, whoever asks.
 */
export async function lockHeldRun(
  manager: EntityManager,
  claim: RunClaim,
): Promise<{ workflow: LockedWorkflow; run: RunEntity }> {
  const workflow = await lockClaimed(manager, claim);
  const run = await claimedRun(manager, claim);
  if (run.status === 'QUEUED' || run.status === 'WAITING' || isTerminalRunStatus(run.status)) {
    throw new FencedError(`${claim.runId} is ${run.status}: this claim does not hold it any more.`);
  }
  return { workflow, run };
}
