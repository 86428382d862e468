/**
 * Canceling a run: a fact in Postgres first. Owns the compare-and-set against every other end; never signals anybody.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { isTerminalRunStatus, type RunId, type UserId, workflowStatusFor } from '#libs/contracts';
import type { RunEnd } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import type { CancelRunResult } from './read-models.js';
import { closeMessage, endRun } from './run-ending.js';
import { recordEndsTold, untoldEnds } from './stream-closing.js';
import { inTransaction } from './transactions.js';
import { runView } from './views.js';
import { lockWorkflow } from './workflow-lock.js';

@Injectable()
export class RunCancellation {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Ends a run that has not ended, and takes the workflow's next epoch, which fences its worker. The message stays as
   * of its last checkpoint, with its open parts closed. Calling again answers `canceled` with nothing to close.
   */
  cancel(ownerId: UserId, runId: RunId): Promise<CancelRunResult> {
    return inTransaction(this.dataSource, async (manager): Promise<CancelRunResult> => {
      const known = await manager.findOne(RunEntity, {
        select: { id: true, workflowId: true },
        where: { id: runId, ownerId },
      });
      const workflow = known && (await lockWorkflow(manager, { id: known.workflowId, ownerId }));
      // Only what is read behind the lock can be relied on.
      const run = workflow && (await manager.findOneBy(RunEntity, { id: runId }));
      if (!workflow || !run) return { kind: 'not-found' };
      if (run.status === 'CANCELED') return { kind: 'canceled', run: runView(run), closing: null };
      if (isTerminalRunStatus(run.status)) return { kind: 'already-finished', run: runView(run) };

      const epoch = workflow.epoch + 1;
      await manager.update(WorkflowEntity, { id: workflow.id }, { epoch, cursorEpoch: epoch, cursorSeq: 0 });
      await closeMessage(manager, run, 'other');
      await endRun(manager, run, { status: 'CANCELED', epoch });
      return {
        kind: 'canceled',
        run: runView(await manager.findOneByOrFail(RunEntity, { id: runId })),
        closing: {
          workflowId: workflow.id,
          epoch,
          ends: await untoldEnds(manager, workflow.id, workflowStatusFor('CANCELED')),
        },
      };
    });
  }

  /** Records that the ends of a closing stand in the stream. Idempotent. */
  markEndsTold(ends: readonly RunEnd[]): Promise<void> {
    return inTransaction(this.dataSource, (manager) => recordEndsTold(manager, ends));
  }
}
