/**
 * Claims a run: takes the next epoch, rebuilds the message up to the last stored step, and loads everything an attempt
 * needs.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { isTerminalRunStatus, openingChunks, type RunId, runErrorInfo } from '#libs/contracts';
import {
  type Claimant,
  type ClaimedRun,
  type ClaimResult,
  type Committed,
  MAX_ATTEMPTS_WITHOUT_PROGRESS,
} from '#libs/engine';
import { RunEntity } from '../entities/run.entity.js';
import { goneAs, loseAttempt } from '../held-runs.js';
import { findAnswer, replaceMessage } from '../message-segments.js';
import { closeMessage, endRun } from '../run-ending.js';
import { callEach } from '../store-functions.js';
import { overdueWaits } from '../stranded-runs.js';
import { publishing, unpublishedEnds } from '../terminal-events.js';
import { type LockedWorkflow, lockRun, takeEpoch, workflowChanged } from '../workflow-lock.js';
import { askedSteps, conversationOf, rebuildMessage, type SaidBefore, saidBefore } from './stored-message.js';
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

/** What is taken in one statement. */
type Taken = Pick<
  ClaimedRun,
  'claim' | 'agent' | 'prompt' | 'timeZone' | 'startedAt' | 'claimedAt' | 'lost' | 'title' | 'graph' | 'graphRevision'
>;

/** Claims a run that nobody has claimed before, in one statement; `null` when there is more to do than to take it. */
export async function claimNewRun(
  dataSource: DataSource,
  runId: RunId,
  claimant: Claimant | null,
): Promise<Committed<ClaimResult> | null> {
  const args = { of_run: runId, worker: claimant?.worker ?? null };
  const calls = [{ name: 'claim_new_run', args } as const, saidBefore(runId)];
  const [taken, said] = await callEach<[Taken | null, SaidBefore]>(dataSource, ...calls);
  if (!taken) return null;
  // Submission has stored the message like this.
  const chunks = openingChunks(taken.claim.messageId);
  const nothing = { steps: [], asked: [], ends: [] };
  const conversation = conversationOf(said);
  const run = { ...taken, ...nothing, conversation, chunks, nextIndex: chunks.length };
  return { result: { kind: 'claimed', run }, effects: [workflowChanged(taken.claim)] };
}

async function takeHold(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  claimant: Claimant | null,
): Promise<Omit<ClaimedRun, 'ends'>> {
  const message = await findAnswer(manager, run.id);
  const place = { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId };
  const settled = await settleWaits(manager, place, null);
  const { steps, chunks } = await rebuildMessage(manager, run.id, message.id);
  await replaceMessage(manager, message, chunks);
  const args = { of_run: run.id, worker: claimant?.worker ?? null, has_progressed: settled.length > 0 };
  const calls = [{ name: 'take_run', args } as const, saidBefore(run.id)];
  const [taken, said] = await callEach<[Taken, SaidBefore]>(manager, ...calls);
  Object.assign(workflow, { epoch: taken.claim.epoch, status: 'GENERATING' });
  const { nextIndex } = message;
  return {
    ...taken,
    conversation: conversationOf(said),
    steps,
    asked: await askedSteps(manager, run.id),
    chunks,
    nextIndex,
  };
}
