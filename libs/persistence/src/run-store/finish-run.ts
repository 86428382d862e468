/** Ends a run under a claim: decided by one compare-and-set, stored in one transaction. */
import { type EntityManager, In } from 'typeorm';
import { isTerminalRunStatus, newId } from '#libs/contracts';
import type { MessageCheckpoint, RunClaim, RunEnd, RunOutcome } from '#libs/engine';
import { GraphRevisionEntity } from '../entities/graph-revision.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { endRun } from '../run-ending.js';
import { storable } from '../stored-values.js';
import { freshEnd } from '../terminal-events.js';
import { claimedRun, type LockedWorkflow, lockClaimed, lockHeldRun } from '../workflow-lock.js';
import { storeCheckpoint } from './stored-message.js';

export async function finishRun(
  manager: EntityManager,
  claim: RunClaim,
  outcome: RunOutcome,
  checkpoint: MessageCheckpoint | null,
): Promise<RunEnd | null> {
  const workflow = await lockClaimed(manager, claim);
  const run = await claimedRun(manager, claim);
  if (isTerminalRunStatus(run.status)) {
    // Any other end takes a new epoch, so under this one only this call can have ended the run, and its reply was lost.
    return run.epoch === claim.epoch && run.status === outcome.status ? freshEnd(manager, run.id) : null;
  }
  await lockHeldRun(manager, claim);
  if (checkpoint) await storeCheckpoint(manager, claim, checkpoint);
  if (outcome.status === 'SUCCEEDED') {
    if (outcome.title !== null) {
      // A title that a person has set in the meantime stays.
      const untitled = { id: workflow.id, titleIsOwn: false };
      await manager.update(WorkflowEntity, untitled, { title: outcome.title, titleIsOwn: true });
    }
    if (outcome.saveRevision) await saveRevision(manager, workflow, claim);
  }
  if (outcome.status === 'FAILED') {
    const failed = { id: In([...(outcome.failedStepIds ?? [])]), runId: run.id, status: 'FAILED' as const };
    // Without a commit position, a retry executes them again instead of replaying their failures.
    await manager.update(StepEntity, failed, { commitPosition: null });
  }
  await endRun(manager, workflow, run, outcome);
  return freshEnd(manager, run.id);
}

async function saveRevision(manager: EntityManager, workflow: LockedWorkflow, claim: RunClaim): Promise<void> {
  const { graph, graphIssues } = await manager.findOneOrFail(WorkflowEntity, {
    select: { id: true, graph: true, graphIssues: true },
    where: { id: workflow.id },
  });
  await manager
    .createQueryBuilder()
    .insert()
    .into(GraphRevisionEntity)
    .values({
      id: newId('graphRevision'),
      workflowId: workflow.id,
      ownerId: workflow.ownerId,
      revision: workflow.graphRevision,
      runId: claim.runId,
      graph: storable(graph),
      issues: storable(graphIssues),
    })
    // A run that changed nothing ends at a revision that is already stored.
    .orIgnore()
    .execute();
}
