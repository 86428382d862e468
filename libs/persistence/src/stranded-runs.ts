/**
 * What the reconciler asks: which runs nobody seems to work on, and which ended without their viewers being told. Owns
 * the questions and the right to close; never enqueues and never appends.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, In } from 'typeorm';
import { isTerminalRunStatus, type RunId, type RunStatus, type WorkflowId } from '#libs/contracts';
import { type RunEnd, timings } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import type { ClosingClaim } from './read-models.js';
import { databaseNow } from './run-ending.js';
import { overdueWaits } from './run-store/waits.js';
import { recordEndsTold, untoldEnds } from './stream-closing.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { lockWorkflow } from './workflow-lock.js';

export interface StrandedRun {
  runId: RunId;
  workflowId: WorkflowId;
  /** How many attempts at the run have begun. */
  attempts: number;
}

/** What a delivery has to name. */
export type DeliverableRun = Pick<StrandedRun, 'runId' | 'attempts'>;

/** More than this in one sweep is left to the next. */
const SWEEP = 500;

/** A run that is worked on, or would be fenced for nothing. Its claim tells the ends of earlier runs. */
const workedOn = In<RunStatus>(['RUNNING', 'WAITING', 'COMPLETING']);

@Injectable()
export class StrandedRuns {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get tables() {
    return tablesOf(this.dataSource);
  }

  /**
   * Runs that should have a job and that nobody has taken hold of or let go of for so long. Oldest first. One that is under
   * way belongs to its worker; a worker of an older version is none that could be known.
   */
  runsWithoutHeartbeat(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId", attempts FROM ${this.tables.runs}
        WHERE status IN ('QUEUED', 'RUNNING', 'COMPLETING') AND held_by IS NULL
          AND coalesce(heartbeat_at, created_at) < clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY ordinal LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /** Waiting runs for which the time of a sleep or of a hook is up. */
  overdueRuns(): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT DISTINCT runs.id AS "runId", runs.workflow_id AS "workflowId", runs.attempts
         FROM ${this.tables.steps} JOIN ${this.tables.runs} ON runs.id = steps.run_id
        WHERE steps.status = 'RUNNING' AND steps.wake_at <= clock_timestamp() AND runs.status = 'WAITING'
        LIMIT ${SWEEP}`,
    );
  }

  /** The run, if it should have a job right now: it is queued, or the time of something that it waits for is up. */
  async dueForDelivery(runId: RunId): Promise<DeliverableRun | null> {
    const { manager } = this.dataSource;
    const select = { id: true, status: true, attempts: true } as const;
    const run = await manager.findOne(RunEntity, { select, where: { id: runId } });
    const isDue =
      run?.status === 'WAITING' ? (await overdueWaits(manager, runId)).length > 0 : run?.status === 'QUEUED';
    return run && isDue ? { runId, attempts: run.attempts } : null;
  }

  /**
   * Runs that ended more than that ago and whose terminal event may not stand in their stream, unless a later run of the
   * workflow is worked on. Oldest end first.
   */
  unclosedStreams(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId", attempts FROM ${this.tables.runs}
        WHERE status IN ('SUCCEEDED', 'FAILED', 'CANCELED') AND NOT stream_closed
          AND greatest(finished_at, closing_since) < clock_timestamp() - $1 * interval '1 millisecond'
          AND NOT EXISTS (
            SELECT FROM ${this.tables.runs} AS later
             WHERE later.workflow_id = runs.workflow_id AND later.status IN ('RUNNING', 'WAITING', 'COMPLETING'))
        ORDER BY finished_at LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /**
   * Takes an epoch for telling viewers that a run ended, together with every other untold end of its workflow. `null`
   * when there is nothing to do: the run is closed, has not ended, somebody else took on its closing a moment ago, or a
   * later run is worked on, whose holder must not be fenced and tells this end with its own claim.
   */
  claimClosing(runId: RunId): Promise<ClosingClaim | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const known = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: { id: runId } });
      const workflow = known && (await lockWorkflow(manager, { id: known.workflowId }));
      const run = workflow && (await manager.findOneBy(RunEntity, { id: runId }));
      if (!workflow || !run || !isTerminalRunStatus(run.status) || run.streamClosed) return null;
      if (await manager.existsBy(RunEntity, { workflowId: workflow.id, status: workedOn })) return null;
      if (!(await takeClosing(manager, runId))) return null;

      const epoch = workflow.epoch + 1;
      await manager.update(WorkflowEntity, { id: workflow.id }, { epoch, cursorEpoch: epoch, cursorSeq: 0 });
      return { workflowId: workflow.id, epoch, ends: await untoldEnds(manager, workflow.id, workflow.status) };
    });
  }

  /** Records that the ends of a closing stand in the stream. Idempotent. */
  markEndsTold(ends: readonly RunEnd[]): Promise<void> {
    return inTransaction(this.dataSource, (manager) => recordEndsTold(manager, ends));
  }
}

/** Lets one closer through within the grace time: every worker reconciles, and two of them would show viewers two snapshots. */
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
