/**
 * Claims a run: takes the next epoch, rebuilds the message up to the last stored step, and loads everything an attempt
 * needs.
 */
import type { EntityManager } from 'typeorm';
import { isTerminalRunStatus, type RunId, runErrorInfo } from '#libs/contracts';
import {
  type Claimant,
  type ClaimedRun,
  type ClaimResult,
  type Committed,
  MAX_ATTEMPTS_WITHOUT_PROGRESS,
} from '#libs/engine';
import { RunEntity } from '../entities/run.entity.js';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { goneAs, loseAttempt } from '../held-runs.js';
import { findAnswer, replaceMessage } from '../message-segments.js';
import { closeMessage, endRun } from '../run-ending.js';
import { appendRunEvent } from '../run-history.js';
import { databaseNow } from '../stored-values.js';
import { overdueWaits } from '../stranded-runs.js';
import { publishing, unpublishedEnds } from '../terminal-events.js';
import { type LockedWorkflow, lockRun, takeEpoch, workflowChanged } from '../workflow-lock.js';
import { askedSteps, conversationBefore, rebuildMessage } from './stored-message.js';
import { settleWaits } from './waits.js';

const nothingToDo: Committed<ClaimResult> = { result: { kind: 'nothing-to-do' }, effects: [] };

export async function claimRun(
  manager: EntityManager,
  runId: RunId,
  claimant: Claimant | null,
): Promise<Committed<ClaimResult>> {
  const found = await lockRun(manager, runId);
  if (!found || isTerminalRunStatus(found.run.status)) return nothingToDo;
  const { workflow } = found;
  const run = await takenFrom(manager, workflow, found.run);
  if (!run) return nothingToDo;
  if (run.status === 'WAITING' && (await overdueWaits(manager, runId)).length === 0) {
    // A waiting run has no holder. The worker that suspended it may have died before it could tell subscribers.
    const epoch = await takeEpoch(manager, workflow);
    await manager.update(RunEntity, { id: runId }, { epoch });
    return { ...nothingToDo, effects: [await publishing(manager, workflow)] };
  }

  const exhausted = run.attemptsWithoutProgress >= MAX_ATTEMPTS_WITHOUT_PROGRESS;
  const isLastAttempt = run.attemptsWithoutProgress === MAX_ATTEMPTS_WITHOUT_PROGRESS - 1;
  if (isLastAttempt && claimant && !claimant.isAlone) return { result: { kind: 'alone-only' }, effects: [] };
  const held = await takeHold(manager, workflow, run, exhausted ? null : claimant);
  const changed = workflowChanged(held.claim);
  if (!exhausted) {
    const ends = await unpublishedEnds(manager, workflow);
    return { result: { kind: 'claimed', run: { ...held, ends } }, effects: [changed] };
  }

  await closeMessage(manager, workflow, run, 'error');
  await endRun(manager, workflow, run, { status: 'FAILED', error: runErrorInfo('ATTEMPTS_EXHAUSTED') });
  return { result: { kind: 'exhausted' }, effects: [changed, await publishing(manager, workflow)] };
}

/**
 * The run, once no worker holds it. `null` while a live worker does: then the job has nothing to do. A run held without a
 * worker id, as in older versions, goes to the next claimant.
 */
async function takenFrom(manager: EntityManager, workflow: LockedWorkflow, run: RunEntity): Promise<RunEntity | null> {
  if (run.status === 'QUEUED' || run.status === 'WAITING') return run;
  const cause = run.heldBy === null ? 'BROKE_OFF' : await goneAs(manager, run);
  if (cause === null) return null;
  await loseAttempt(manager, workflow, run, cause);
  return manager.findOneByOrFail(RunEntity, { id: run.id });
}

async function takeHold(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  claimant: Claimant | null,
): Promise<Omit<ClaimedRun, 'ends'>> {
  const attempt = run.attempts + 1;
  const message = await findAnswer(manager, run.id);
  const settled = await settleWaits(
    manager,
    { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId },
    null,
  );
  const { steps, chunks } = await rebuildMessage(manager, run.id, message.id);
  await replaceMessage(manager, message, chunks);
  const epoch = await takeEpoch(manager, workflow, { status: 'GENERATING' });
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
    nextIndex: message.nextIndex,
    conversation: await conversationBefore(manager, workflow, run.id),
    graph,
    graphRevision: workflow.graphRevision,
  };
}
