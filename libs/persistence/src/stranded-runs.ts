/**
 * What the reconciler asks: which runs nobody seems to work on, and which ended without their viewers being told. Owns
 * the questions and the right to close; never enqueues and never appends.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type Cursor,
  isTerminalRunStatus,
  type RunId,
  type RunStatus,
  type StatusEvent,
  type WorkflowId,
} from '#libs/contracts';
import { timings } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { databaseNow } from './run-ending.js';
import { overdueWaits } from './run-store/waits.js';
import { recordStreamClosed } from './stream-closing.js';
import { inTransaction } from './transactions.js';
import { lockWorkflow } from './workflow-lock.js';

export interface StrandedRun {
  runId: RunId;
  workflowId: WorkflowId;
}

/** The right to append the end of a run, under an epoch of its own. */
export interface ClosingClaim {
  workflowId: WorkflowId;
  epoch: number;
  /** The epoch in which the run ended: whoever held it may have appended the end already. */
  endedEpoch: number;
  event: StatusEvent;
}

/** More than this in one sweep is left to the next. */
const SWEEP = 500;

const workedOn: ReadonlySet<RunStatus> = new Set<RunStatus>(['RUNNING', 'WAITING', 'COMPLETING']);

@Injectable()
export class StrandedRuns {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Runs that should have a job, and whose last sign of life (or creation) is older than that. Oldest first. */
  runsWithoutHeartbeat(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId" FROM runs
        WHERE status IN ('QUEUED', 'RUNNING', 'COMPLETING')
          AND coalesce(heartbeat_at, created_at) < clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY id LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /** Waiting runs for which the time of a sleep or of a hook is up. */
  overdueRuns(): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT DISTINCT runs.id AS "runId", runs.workflow_id AS "workflowId"
         FROM steps JOIN runs ON runs.id = steps.run_id
        WHERE steps.status = 'RUNNING' AND steps.wake_at <= clock_timestamp() AND runs.status = 'WAITING'
        LIMIT ${SWEEP}`,
    );
  }

  /** Whether a run should have a job right now: it is queued, or the time of something that it waits for is up. */
  async shouldBeDelivered(runId: RunId): Promise<boolean> {
    const { manager } = this.dataSource;
    const run = await manager.findOne(RunEntity, { select: { id: true, status: true }, where: { id: runId } });
    if (run?.status === 'WAITING') return (await overdueWaits(manager, runId)).length > 0;
    return run?.status === 'QUEUED';
  }

  /** Runs that ended more than that ago without a terminal event in their stream. Oldest end first. */
  unclosedStreams(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId" FROM runs
        WHERE status IN ('SUCCEEDED', 'FAILED', 'CANCELED') AND NOT stream_closed
          AND greatest(finished_at, closing_since) < clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY finished_at LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /**
   * Takes an epoch for appending the terminal event of a run that ended. `null` when there is nothing to append: the
   * run is closed, has not ended, somebody else took on its closing a moment ago, or a later run of the workflow has
   * been claimed since. Whoever watches has then been given a snapshot at the beginning of that claim, and its holder
   * must not be fenced; such a run counts as closed.
   */
  claimClosing(runId: RunId): Promise<ClosingClaim | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const known = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: { id: runId } });
      const workflow = known && (await lockWorkflow(manager, { id: known.workflowId }));
      const run = workflow && (await manager.findOneBy(RunEntity, { id: runId }));
      if (!workflow || !run || !isTerminalRunStatus(run.status) || run.streamClosed) return null;
      if (!(await takeClosing(manager, runId))) return null;

      const others = await manager.find(RunEntity, {
        select: { id: true, status: true, epoch: true },
        where: { workflowId: workflow.id },
      });
      const later = others.filter((other) => other.id !== runId && (other.epoch ?? 0) > (run.epoch ?? 0));
      if (later.length > 0 || others.some((other) => workedOn.has(other.status))) {
        await manager.update(RunEntity, { id: runId }, { streamClosed: true });
        return null;
      }

      const epoch = workflow.epoch + 1;
      await manager.update(WorkflowEntity, { id: workflow.id }, { epoch, cursorEpoch: epoch, cursorSeq: 0 });
      await manager.update(RunEntity, { id: runId }, { epoch });
      const event: StatusEvent = {
        type: 'status',
        runId,
        // Of the workflow as it is: a newer prompt may be queued already.
        status: workflow.status,
        runStatus: run.status,
        error: run.error,
        terminal: true,
        at: (run.finishedAt ?? new Date()).toISOString(),
      };
      return { workflowId: workflow.id, epoch, endedEpoch: run.epoch ?? 0, event };
    });
  }

  /** Records that the terminal event stands in the stream, written under the epoch that `claimClosing` took. */
  markStreamClosed(runId: RunId, epoch: number, cursor: Cursor | null): Promise<void> {
    return recordStreamClosed(this.dataSource, runId, epoch, cursor);
  }
}

/** Lets one closer through within the grace time: every worker reconciles, and two of them would append the end twice. */
async function takeClosing(manager: EntityManager, runId: RunId): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(RunEntity)
    .set({ closingSince: databaseNow })
    .where('id = :runId', { runId })
    .andWhere(`(closing_since IS NULL OR closing_since < clock_timestamp() - :graceMs * interval '1 millisecond')`, {
      graceMs: timings.reconcileGraceMs,
    })
    .execute();
  return affected === 1;
}
