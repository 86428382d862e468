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
import { HookEntity } from './entities/hook.entity.js';
import { MessageEntity } from './entities/message.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { StepEntity } from './entities/step.entity.js';
import { StepAttemptEntity } from './entities/step-attempt.entity.js';
import { appendSegment, readAnswer, replaceMessage } from './message-segments.js';
import { appendRunEvent } from './run-history.js';
import { databaseNow, storable } from './stored-values.js';
import { changeWorkflow, type LockedWorkflow } from './workflow-lock.js';

const eventOf = { SUCCEEDED: 'run_succeeded', FAILED: 'run_failed', CANCELED: 'run_canceled' } as const;

/** Sets everything that a terminal state consists of, in the epoch of the locked workflow. The run must not be terminal yet. */
export async function endRun(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  end: { status: 'SUCCEEDED' | 'CANCELED' } | { status: 'FAILED'; error: RunErrorInfo },
): Promise<void> {
  const { epoch } = workflow;
  const error = end.status === 'FAILED' ? end.error : null;
  await closeOpenAttempts(manager, run, 'The run ended before this attempt did.');
  await manager.update(
    StepEntity,
    { runId: run.id, status: In(['PENDING', 'RUNNING', 'RETRYING']) },
    { status: 'CANCELED', finishedAt: databaseNow },
  );
  await cancelHooks(manager, run);
  const answer = await readAnswer(manager, run.id);
  await replaceMessage(manager, answer, answer.chunks);
  await manager.update(MessageEntity, { runId: run.id }, { complete: true });
  await manager.update(
    RunEntity,
    { id: run.id },
    {
      status: end.status,
      error: storable(error),
      epoch,
      heldBy: null,
      lostAs: null,
      finishedAt: databaseNow,
    },
  );
  await changeWorkflow(manager, workflow, { status: workflowStatusFor(end.status), activeRunId: null });
  await appendRunEvent(
    manager,
    { runId: run.id, workflowId: run.workflowId, ownerId: run.ownerId },
    eventOf[end.status],
    error ? { epoch, error: { ...error } } : { epoch },
  );
}

async function cancelHooks(manager: EntityManager, run: RunEntity): Promise<void> {
  const { id: runId, workflowId, ownerId } = run;
  const open = await manager.findBy(HookEntity, { runId, status: 'WAITING' });
  if (open.length === 0) return;
  await manager.update(HookEntity, { runId, status: 'WAITING' }, { status: 'CANCELED' });
  for (const { id, name, stepId } of open) {
    await appendRunEvent(manager, { runId, workflowId, ownerId }, 'hook_canceled', { hookId: id, name }, stepId);
  }
}

/**
 * Closes the open parts of the assistant's message when no worker does. The workflow must have moved to a new epoch, because
 * the message then differs from the stream. Nobody knows here how much the last attempt has sent, so the chunks get indexes
 * beyond all that it can have used.
 */
export async function closeMessage(
  manager: EntityManager,
  workflow: Pick<LockedWorkflow, 'epoch'>,
  run: Pick<RunEntity, 'id'>,
  finishReason: 'error' | 'other',
): Promise<void> {
  const answer = await readAnswer(manager, run.id);
  const closing = closingChunks(answer.chunks, finishReason);
  const segment = segmentOf(answer.nextIndex + limits.attemptChunks, closing);
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
