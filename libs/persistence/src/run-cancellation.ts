/**
 * Canceling a run: a fact in Postgres first. Owns the compare-and-set against every other end; never signals anybody.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { type Cursor, isTerminalRunStatus, type RunId, type UserId } from '#libs/contracts';
import { HookEntity } from './entities/hook.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import type { CancelRunResult } from './read-models.js';
import { closeMessage, endRun } from './run-ending.js';
import { recordStreamClosed } from './stream-closing.js';
import { inTransaction } from './transactions.js';
import { hookSummary, runView } from './views.js';
import { lockWorkflow } from './workflow-lock.js';

@Injectable()
export class RunCancellation {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Ends a run that has not ended, and takes the workflow's next epoch, which fences its worker. The message stays as
   * of its last checkpoint, with its open parts closed. Calling again answers `canceled` without an epoch.
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
      if (run.status === 'CANCELED') return { kind: 'canceled', run: runView(run), epoch: null, hooks: [] };
      if (isTerminalRunStatus(run.status)) return { kind: 'already-finished', run: runView(run) };

      const epoch = workflow.epoch + 1;
      await manager.update(WorkflowEntity, { id: workflow.id }, { epoch, cursorEpoch: epoch, cursorSeq: 0 });
      const hooks = await manager.find(HookEntity, { where: { runId, status: 'WAITING' }, order: { id: 'ASC' } });
      await closeMessage(manager, run, 'other');
      await endRun(manager, run, { status: 'CANCELED', epoch });
      return {
        kind: 'canceled',
        run: runView(await manager.findOneByOrFail(RunEntity, { id: runId })),
        epoch,
        hooks: hooks.map((hook) => ({ ...hookSummary(hook), status: 'CANCELED' })),
      };
    });
  }

  /** Records that the terminal event stands in the stream, written under the epoch that `cancel` took. */
  markStreamClosed(runId: RunId, epoch: number, cursor: Cursor): Promise<void> {
    return recordStreamClosed(this.dataSource, runId, epoch, cursor);
  }
}
