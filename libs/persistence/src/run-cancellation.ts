/** Cancels a run, by compare-and-set against every other end. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { isTerminalRunStatus, type RunId, type UserId } from '#libs/contracts';
import type { Committed } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { closeMessage, endRun } from './run-ending.js';
import { publishing } from './terminal-events.js';
import { inTransaction } from './transactions.js';
import { type RunView, runView } from './views.js';
import { lockRun, takeEpoch, workflowChanged } from './workflow-lock.js';

export type CancelRunResult =
  /** `repeated`: it had been canceled before, and nothing was changed. */
  | { kind: 'canceled'; run: RunView; repeated: boolean }
  | { kind: 'not-found' }
  | { kind: 'already-finished'; run: RunView };

@Injectable()
export class RunCancellation {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Ends a run that has not ended, and takes the workflow's next epoch, which fences its worker. The message stays as of
   * its last checkpoint, with its open parts closed. Idempotent: calling again returns `canceled` and changes nothing.
   */
  cancel(ownerId: UserId, runId: RunId): Promise<Committed<CancelRunResult>> {
    return inTransaction(this.dataSource, async (manager): Promise<Committed<CancelRunResult>> => {
      const found = await lockRun(manager, runId, ownerId);
      if (!found) return { result: { kind: 'not-found' }, effects: [] };
      const { workflow, run } = found;
      if (run.status === 'CANCELED') {
        return { result: { kind: 'canceled', run: runView(run), repeated: true }, effects: [] };
      }
      if (isTerminalRunStatus(run.status)) {
        return { result: { kind: 'already-finished', run: runView(run) }, effects: [] };
      }
      await takeEpoch(manager, workflow);
      await closeMessage(manager, workflow, run, 'other');
      await endRun(manager, workflow, run, { status: 'CANCELED' });
      const canceled = await manager.findOneByOrFail(RunEntity, { id: runId });
      return {
        result: { kind: 'canceled', run: runView(canceled), repeated: false },
        effects: [
          workflowChanged({ ownerId, workflowId: workflow.id }),
          { type: 'cancel-signal', runId },
          await publishing(manager, workflow),
        ],
      };
    });
  }
}
