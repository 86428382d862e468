/**
 * The row lock that orders all changes to a workflow, and the fence against stale claims. Every transaction that changes a
 * workflow or anything below it takes this lock first, so such transactions cannot deadlock.
 */
import type { EntityManager } from 'typeorm';
import { isHeldRunStatus, type RunId, type UserId, type WorkflowId, type WorkflowStatus } from '#libs/contracts';
import { type Effect, FencedError, type RunClaim } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { databaseNow } from './stored-values.js';

/** A workflow's row without its graph and the graph's findings, which are large and rarely needed. */
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

/** Locks the row until the end of the transaction; `null` when it does not exist or belongs to another user. */
export function lockWorkflow(
  manager: EntityManager,
  where: { id: WorkflowId; ownerId?: UserId; epoch?: number },
): Promise<LockedWorkflow | null> {
  return manager.findOne(WorkflowEntity, { select: lockedColumns, where, lock: { mode: 'pessimistic_write' } });
}

/** Locks the workflow of a run; `null` when the run does not exist or belongs to another user. */
export async function lockRun(
  manager: EntityManager,
  id: RunId,
  ownerId?: UserId,
): Promise<{ workflow: LockedWorkflow; run: RunEntity } | null> {
  const owned = ownerId === undefined ? {} : { ownerId };
  const known = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: { id, ...owned } });
  const workflow = known && (await lockWorkflow(manager, { id: known.workflowId, ...owned }));
  // Only what is read after taking the lock is reliable.
  const run = workflow && (await manager.findOneBy(RunEntity, { id }));
  return workflow && run ? { workflow, run } : null;
}

interface WorkflowChange {
  status?: WorkflowStatus;
  /** `null` when no run is active any more. */
  activeRunId?: RunId | null;
  /** A new epoch: the stored cursor moves there. */
  epoch?: number;
}

/** Changes a locked workflow in one statement, and updates `workflow` to match. */
export async function changeWorkflow(
  manager: EntityManager,
  workflow: Pick<LockedWorkflow, 'id' | 'status'>,
  change: WorkflowChange,
): Promise<void> {
  const { status, epoch } = change;
  const columns = { ...change, ...(epoch !== undefined && { cursorEpoch: epoch, cursorSeq: 0 }) };
  await manager.update(
    WorkflowEntity,
    { id: workflow.id },
    {
      ...columns,
      ...(status !== undefined && { updatedAt: databaseNow }),
      ...(status !== undefined && status !== workflow.status && { statusSince: databaseNow }),
    },
  );
  Object.assign(workflow, columns);
}

/**
 * Takes the next epoch of a locked workflow, which fences the holder of the last one. Uses one statement, which may change
 * more.
 * @param beyond an epoch that the new one must also be later than
 */
export async function takeEpoch(
  manager: EntityManager,
  workflow: LockedWorkflow,
  { beyond = 0, ...change }: Omit<WorkflowChange, 'epoch'> & { beyond?: number } = {},
): Promise<number> {
  const epoch = Math.max(beyond, workflow.epoch) + 1;
  await changeWorkflow(manager, workflow, { ...change, epoch });
  return epoch;
}

/** Tells lists of workflows to read this one again. */
export function workflowChanged({ ownerId, workflowId }: Pick<RunClaim, 'ownerId' | 'workflowId'>): Effect {
  return { type: 'workflow-changed', ownerId, workflowId, deleted: false };
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

/** The claim's run. The workflow must be locked, so that the run cannot change. */
export async function claimedRun(manager: EntityManager, claim: RunClaim): Promise<RunEntity> {
  const run = await manager.findOneBy(RunEntity, { id: claim.runId, workflowId: claim.workflowId });
  if (!run) throw new FencedError(`${claim.runId} does not exist any more.`);
  return run;
}

/**
 * Locks the workflow of a claim and reads its run. Throws `FencedError` also when the run has ended, was released or waits:
 * nothing may be added to it then.
 */
export async function lockHeldRun(
  manager: EntityManager,
  claim: RunClaim,
): Promise<{ workflow: LockedWorkflow; run: RunEntity }> {
  const workflow = await lockClaimed(manager, claim);
  const run = await claimedRun(manager, claim);
  if (!isHeldRunStatus(run.status)) {
    throw new FencedError(`${claim.runId} is ${run.status}: this claim does not hold it any more.`);
  }
  return { workflow, run };
}
