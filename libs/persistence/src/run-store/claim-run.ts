/**
 * Taking hold of a run: the next epoch, the message up to the last stored step, everything that an attempt knows.
 */
import type { EntityManager } from 'typeorm';
import { isTerminalRunStatus, type RunId, runErrorInfo, workflowStatusFor } from '#libs/contracts';
import {
  type Claimant,
  type ClaimedRun,
  type ClaimResult,
  type GrantedEpoch,
  MAX_ATTEMPTS_WITHOUT_PROGRESS,
} from '#libs/engine';
import { MessageEntity } from '../entities/message.entity.js';
import { RunEntity } from '../entities/run.entity.js';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { goneAs, loseAttempt } from '../held-runs.js';
import { closeMessage, databaseNow, endRun } from '../run-ending.js';
import { appendRunEvent, storable } from '../run-history.js';
import { untoldEnds } from '../stream-closing.js';
import { type LockedWorkflow, lockWorkflow } from '../workflow-lock.js';
import { askedSteps, conversationBefore, rebuildMessage } from './stored-message.js';
import { overdueWaits, settleWaits } from './waits.js';

export async function claimRun(manager: EntityManager, runId: RunId, claimant: Claimant | null): Promise<ClaimResult> {
  const known = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: { id: runId } });
  if (!known) return { kind: 'nothing-to-do' };
  const workflow = await lockWorkflow(manager, { id: known.workflowId });
  // Only what is read behind the lock can be relied on.
  const found = await manager.findOneBy(RunEntity, { id: runId });
  if (!workflow || !found || isTerminalRunStatus(found.status)) return { kind: 'nothing-to-do' };
  const run = await takenFrom(manager, workflow, found);
  if (!run) return { kind: 'nothing-to-do' };
  if (run.status === 'WAITING' && (await overdueWaits(manager, runId)).length === 0) {
    return { kind: 'waiting', granted: await grantToShow(manager, workflow, run) };
  }

  const exhausted = run.attemptsWithoutProgress >= MAX_ATTEMPTS_WITHOUT_PROGRESS;
  const isLastAttempt = run.attemptsWithoutProgress === MAX_ATTEMPTS_WITHOUT_PROGRESS - 1;
  if (isLastAttempt && claimant && !claimant.isAlone) return { kind: 'alone-only' };
  const held = await takeHold(manager, workflow, run, exhausted ? null : claimant);
  if (!exhausted) {
    const ends = await untoldEnds(manager, workflow.id, workflowStatusFor('RUNNING'));
    return { kind: 'claimed', run: { ...held, ends } };
  }

  const error = runErrorInfo('ATTEMPTS_EXHAUSTED');
  await closeMessage(manager, run, 'error');
  await endRun(manager, run, { status: 'FAILED', epoch: held.claim.epoch, error });
  const ends = await untoldEnds(manager, workflow.id, workflowStatusFor('FAILED'));
  return { kind: 'exhausted', run: { ...held, ends }, error };
}

/**
 * The run, once nobody has it under way. `null` while a worker has it that lives: whoever else is given its job has nothing
 * to do. Without a worker, as in a version that knew none, whoever comes next takes it over.
 */
async function takenFrom(manager: EntityManager, workflow: LockedWorkflow, run: RunEntity): Promise<RunEntity | null> {
  if (run.status === 'QUEUED' || run.status === 'WAITING') return run;
  const cause = run.heldBy === null ? 'BROKE_OFF' : await goneAs(manager, run);
  if (cause === null) return null;
  await loseAttempt(manager, workflow, run, cause);
  return manager.findOneByOrFail(RunEntity, { id: run.id });
}

/** Nobody holds a run that waits. Whoever suspended it may have died before viewers were told. */
async function grantToShow(manager: EntityManager, workflow: LockedWorkflow, run: RunEntity): Promise<GrantedEpoch> {
  const epoch = workflow.epoch + 1;
  await manager.update(WorkflowEntity, { id: workflow.id }, { epoch, cursorEpoch: epoch, cursorSeq: 0 });
  await manager.update(RunEntity, { id: run.id }, { epoch });
  const ends = await untoldEnds(manager, workflow.id, workflow.status);
  return { workflowId: workflow.id, epoch, reason: 'TAKEOVER', ends };
}

async function takeHold(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  claimant: Claimant | null,
): Promise<Omit<ClaimedRun, 'ends'>> {
  const epoch = workflow.epoch + 1;
  const attempt = run.attempts + 1;
  const message = await manager.findOneOrFail(MessageEntity, {
    select: { id: true },
    where: { runId: run.id, role: 'assistant' },
  });
  const settled = await settleWaits(
    manager,
    { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId },
    null,
  );
  const { steps, chunks } = await rebuildMessage(manager, run.id, message.id);
  await manager.update(MessageEntity, { id: message.id }, { chunks: storable(chunks) });
  await manager.update(
    RunEntity,
    { id: run.id },
    {
      status: 'RUNNING',
      epoch,
      attempts: attempt,
      attemptsWithoutProgress: (settled.length > 0 ? 0 : run.attemptsWithoutProgress) + 1,
      heldBy: claimant?.worker ?? null,
      lostAs: null,
      heartbeatAt: databaseNow,
      startedAt: () => 'coalesce(started_at, clock_timestamp())',
    },
  );
  await manager.update(
    WorkflowEntity,
    { id: workflow.id },
    {
      epoch,
      cursorEpoch: epoch,
      cursorSeq: 0,
      status: 'GENERATING',
      ...(workflow.status === 'GENERATING' ? {} : { statusSince: databaseNow }),
      updatedAt: databaseNow,
    },
  );
  const claim = {
    runId: run.id,
    workflowId: workflow.id,
    ownerId: workflow.ownerId,
    epoch,
    attempt,
    messageId: message.id,
  };
  await appendRunEvent(manager, claim, attempt === 1 ? 'run_started' : 'run_taken_over', { epoch, attempt });

  const { startedAt, heartbeatAt } = await manager.findOneOrFail(RunEntity, {
    select: { id: true, startedAt: true, heartbeatAt: true },
    where: { id: run.id },
  });
  const { graph } = await manager.findOneOrFail(WorkflowEntity, {
    select: { id: true, graph: true },
    where: { id: workflow.id },
  });
  return {
    claim,
    agent: run.agent,
    prompt: run.prompt,
    timeZone: run.timeZone,
    // Both were set by the update above.
    startedAt: (startedAt ?? run.createdAt).toISOString(),
    claimedAt: (heartbeatAt ?? run.createdAt).toISOString(),
    lost: run.lostAs === null ? null : { attempt: run.attempts, cause: run.lostAs },
    title: workflow.titleIsOwn ? workflow.title : null,
    steps,
    asked: await askedSteps(manager, run.id),
    chunks,
    conversation: await conversationBefore(manager, workflow, run.id),
    graph,
    graphRevision: workflow.graphRevision,
  };
}
