/**
 * Retries a run that failed or was canceled. Whatever succeeded before is kept, so the next claim continues after the last
 * stored step.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { promptLockFor, type RunId, type RunStatus, type UserId, type WorkflowStatus } from '#libs/contracts';
import type { Committed } from '#libs/engine';
import { MessageEntity } from './entities/message.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { appendRunEvent } from './run-history.js';
import { databaseNow, storable } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { type RunView, runView } from './views.js';
import { changeWorkflow, lockRun, workflowChanged } from './workflow-lock.js';

/**
 * Resets what did not succeed, so that it is executed again. A failure that the agent caught and continued from stays,
 * because later steps depend on it: one of them was asked for after the agent had been given the failure. Steps of older
 * versions do not record this; for them, any later commit counts.
 */
async function resetSteps(manager: EntityManager, runId: RunId): Promise<void> {
  const { steps } = tablesOf(manager);
  await manager.query(
    `UPDATE ${steps} AS step
        SET status = 'PENDING', error = NULL, finished_at = NULL, commit_position = NULL
      WHERE run_id = $1 AND (
        status IN ('RUNNING', 'RETRYING', 'CANCELED')
        OR status = 'FAILED' AND (commit_position IS NULL OR NOT EXISTS (
          SELECT FROM ${steps} AS later
           WHERE later.run_id = step.run_id AND CASE
             WHEN later.asked_after IS NULL THEN later.commit_position > step.commit_position
             ELSE later.asked_after >= (
               SELECT count(*) FROM ${steps} AS settled
                WHERE settled.run_id = step.run_id AND settled.commit_position <= step.commit_position)
           END)))`,
    [runId],
  );
}

export type RetryRunResult =
  | { kind: 'accepted'; run: RunView }
  | { kind: 'not-found' }
  /** A run of the workflow is in progress, perhaps this one. */
  | { kind: 'locked'; status: WorkflowStatus }
  /** The run succeeded, or it is not the newest of its workflow. */
  | { kind: 'not-retryable'; status: RunStatus }
  /** The record of which steps succeeded has expired. */
  | { kind: 'history-expired' };

@Injectable()
export class RunRetry {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Requeues the run with a fresh budget of attempts. Of concurrent calls, exactly one is accepted. */
  retry(ownerId: UserId, runId: RunId): Promise<Committed<RetryRunResult>> {
    return inTransaction(this.dataSource, async (manager, attempt) => {
      const found = await lockRun(manager, runId, ownerId);
      if (!found) return refused({ kind: 'not-found' });
      const { workflow, run } = found;
      // The reply to an earlier COMMIT may have been lost; then this call has already requeued the run.
      if (attempt > 1 && run.status === 'QUEUED') return accepted(run);
      if (promptLockFor(workflow.status)) return refused({ kind: 'locked', status: workflow.status });
      const newest = await manager.findOne(RunEntity, {
        select: { id: true },
        where: { workflowId: workflow.id },
        order: { ordinal: 'DESC' },
      });
      if (run.status === 'SUCCEEDED' || newest?.id !== run.id) {
        return refused({ kind: 'not-retryable', status: run.status });
      }
      if (run.historyExpiredAt !== null) return refused({ kind: 'history-expired' });

      await resetSteps(manager, runId);
      await manager.update(MessageEntity, { runId, role: 'assistant' }, { complete: false });
      await manager.update(
        RunEntity,
        { id: runId },
        {
          status: 'QUEUED',
          error: storable(null),
          attemptsWithoutProgress: 0,
          streamClosed: false,
          closingSince: null,
          finishedAt: null,
          heartbeatAt: databaseNow,
        },
      );
      await changeWorkflow(manager, workflow, { status: 'GENERATING', activeRunId: runId });
      await appendRunEvent(manager, { runId, workflowId: workflow.id, ownerId }, 'run_retried', { was: run.status });
      return accepted(await manager.findOneByOrFail(RunEntity, { id: runId }));
    });
  }
}

function accepted(run: RunEntity): Committed<RetryRunResult> {
  return {
    result: { kind: 'accepted', run: runView(run) },
    effects: [workflowChanged(run), { type: 'dispatch-run', runId: run.id, attempts: run.attempts }],
  };
}

function refused(result: RetryRunResult): Committed<RetryRunResult> {
  return { result, effects: [] };
}
