/** Releases a run that only waits. From then on, whatever ends its wait delivers it again. */
import type { EntityManager } from 'typeorm';
import type { StepId, WorkflowId } from '#libs/contracts';
import type { MessageCheckpoint, RunClaim, SuspendResult } from '#libs/engine';
import { RunEntity } from '../entities/run.entity.js';
import { appendRunEvent } from '../run-history.js';
import { databaseNow } from '../stored-values.js';
import { changeWorkflow, claimedRun, lockClaimed, lockHeldRun, statusSince } from '../workflow-lock.js';
import { storeCheckpoint } from './stored-message.js';
import { nextWake, settleWaits } from './waits.js';

export async function suspendRun(
  manager: EntityManager,
  claim: RunClaim,
  stepIds: readonly StepId[],
  checkpoint: MessageCheckpoint,
): Promise<SuspendResult> {
  const workflow = await lockClaimed(manager, claim);
  // Under this epoch only this call can have done it: the reply to its COMMIT was lost.
  if ((await claimedRun(manager, claim)).status === 'WAITING') return suspended(manager, workflow.id, stepIds);
  await lockHeldRun(manager, claim);

  const waits = await settleWaits(manager, claim, stepIds);
  if (waits.length > 0) return { kind: 'woken', waits };
  await storeCheckpoint(manager, claim, checkpoint);
  const wakeAt = (await nextWake(manager, stepIds))?.at ?? null;
  await manager.update(
    RunEntity,
    { id: claim.runId },
    { status: 'WAITING', attemptsWithoutProgress: 0, heldBy: null, heartbeatAt: databaseNow, wakeAt },
  );
  await changeWorkflow(manager, workflow, { status: 'WAITING' });
  await appendRunEvent(manager, claim, 'run_waiting', { epoch: claim.epoch, wakeAt: wakeAt?.toISOString() ?? null });
  return suspended(manager, workflow.id, stepIds);
}

async function suspended(
  manager: EntityManager,
  workflowId: WorkflowId,
  stepIds: readonly StepId[],
): Promise<SuspendResult> {
  const wake = await nextWake(manager, stepIds);
  return { kind: 'suspended', at: await statusSince(manager, workflowId), wakeInMs: wake?.inMs ?? null };
}
