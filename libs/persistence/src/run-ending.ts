/**
 * The changes that end a run, for all callers: a worker, a cancel, or a claim that finds the attempts used up. Callers
 * decide whether the run may end.
 */
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import {
  closingChunks,
  cursorAt,
  limits,
  type RunErrorInfo,
  runErrorInfo,
  type StepId,
  segmentOf,
  workflowStatusFor,
} from '#libs/contracts';
import type { RunEntity } from './entities/run.entity.js';
import { StepEntity } from './entities/step.entity.js';
import { StepAttemptEntity } from './entities/step-attempt.entity.js';
import { appendSegment, readAnswer, replaceMessage } from './message-segments.js';
import { callFunctions, jsonArgument } from './store-functions.js';
import { databaseNow, storable } from './stored-values.js';
import type { LockedWorkflow } from './workflow-lock.js';

type End = { status: 'SUCCEEDED' | 'CANCELED' } | { status: 'FAILED'; error: RunErrorInfo };

/** The arguments by which a function ends a run. */
export function endArguments(end: End) {
  return {
    end_status: end.status,
    end_error: end.status === 'FAILED' ? jsonArgument(end.error) : null,
    workflow_status: workflowStatusFor(end.status),
    attempt_error: jsonArgument(runErrorInfo('INTERNAL', 'The run ended before this attempt did.')),
  };
}

/** Sets everything that a terminal state consists of, in the epoch of the locked workflow. The run must not be terminal yet. */
export async function endRun(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: Pick<RunEntity, 'id'>,
  end: End,
): Promise<void> {
  const answer = await readAnswer(manager, run.id);
  await replaceMessage(manager, answer, answer.chunks);
  await callFunctions(manager, { name: 'end_run', args: { of_run: run.id, ...endArguments(end) } });
  Object.assign(workflow, { status: workflowStatusFor(end.status), activeRunId: null });
}

/**
 * Closes the open parts of the assistant's message when no worker does. The workflow must have moved to a new epoch, because
 * the message then differs from the stream. Nobody knows here how much the last attempt has sent, nor whether it went on after
 * a gap, so the chunks get indexes beyond both.
 */
export async function closeMessage(
  manager: EntityManager,
  workflow: Pick<LockedWorkflow, 'epoch'>,
  run: Pick<RunEntity, 'id'>,
  finishReason: 'error' | 'other',
): Promise<void> {
  const answer = await readAnswer(manager, run.id);
  const closing = closingChunks(answer.chunks, finishReason);
  const segment = segmentOf(answer.nextIndex + 2 * limits.attemptChunks, closing);
  await appendSegment(manager, answer.id, segment, cursorAt(workflow.epoch, 0));
}

/** Ends attempts that no worker executes any more. `reason` is shown to people. */
async function closeOpenAttempts(manager: EntityManager, run: RunEntity, reason: string): Promise<void> {
  const open = await manager.find(StepEntity, {
    select: { id: true },
    where: { runId: run.id, status: Not('SUCCEEDED') },
  });
  if (open.length === 0) return;
  await manager.update(
    StepAttemptEntity,
    { stepId: In(open.map((step): StepId => step.id)), finishedAt: IsNull() },
    { finishedAt: databaseNow, error: storable(runErrorInfo('INTERNAL', reason)) },
  );
}

/** Resets unfinished steps so that they can be started again. */
export async function resetUnfinishedSteps(manager: EntityManager, run: RunEntity, reason: string): Promise<void> {
  await closeOpenAttempts(manager, run, reason);
  await manager.update(
    StepEntity,
    // A wait needs no worker, so it continues.
    { runId: run.id, status: In(['RUNNING', 'RETRYING']), kind: Not(In(['HOOK', 'SLEEP'])) },
    { status: 'PENDING' },
  );
}
