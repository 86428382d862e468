/**
 * The reconciler's queries for effects that did not happen: runs without a job, waits that are over, and ended runs whose
 * terminal event may be unpublished.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, In } from 'typeorm';
import {
  activeRunStatuses,
  isTerminalRunStatus,
  type RunId,
  type StepId,
  terminalRunStatuses,
  type WorkflowId,
} from '#libs/contracts';
import { type Effect, type OpenEpochEffect, type RunEnd, timings } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { databaseNow, sqlList } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { publishing, recordEndsPublished } from './terminal-events.js';
import { inTransaction } from './transactions.js';
import { lockRun, takeEpoch } from './workflow-lock.js';

export interface StrandedRun {
  runId: RunId;
  workflowId: WorkflowId;
  /** How many attempts at the run have begun. */
  attempts: number;
}

/** Maximum per sweep; the rest is left to the next one. */
const SWEEP = 500;

/**
 * Statuses in which publishing an earlier end would fence a run's holder. The run's own claim publishes the ends of earlier
 * runs.
 */
const workedOn = activeRunStatuses.filter((status) => status !== 'QUEUED');

@Injectable()
export class StrandedRuns {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get tables() {
    return tablesOf(this.dataSource);
  }

  /**
   * Runs that should have a job and have not been claimed or released for `olderThanMs`. Oldest first. A run in progress is
   * its worker's, unless no worker id is recorded, as in older versions.
   */
  runsWithoutHeartbeat(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId", attempts FROM ${this.tables.runs}
        WHERE status IN ${sqlList(activeRunStatuses.filter((status) => status !== 'WAITING'))} AND held_by IS NULL
          AND coalesce(heartbeat_at, created_at) < clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY ordinal LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /** Waiting runs with a sleep or a hook whose time is up. */
  overdueRuns(): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT DISTINCT runs.id AS "runId", runs.workflow_id AS "workflowId", runs.attempts
         FROM ${this.tables.steps} JOIN ${this.tables.runs} ON runs.id = steps.run_id
        WHERE steps.status = 'RUNNING' AND steps.wake_at <= clock_timestamp() AND runs.status = 'WAITING'
        LIMIT ${SWEEP}`,
    );
  }

  /** Effects that dispatch the run if it should have a job now: it is queued, or one of its waits is over. */
  async dueForDelivery(runId: RunId): Promise<Effect[]> {
    const { manager } = this.dataSource;
    const select = { id: true, status: true, attempts: true } as const;
    const run = await manager.findOne(RunEntity, { select, where: { id: runId } });
    const isDue =
      run?.status === 'WAITING' ? (await overdueWaits(manager, runId)).length > 0 : run?.status === 'QUEUED';
    return run && isDue ? [{ type: 'dispatch-run', runId, attempts: run.attempts }] : [];
  }

  /**
   * Runs that ended more than `olderThanMs` ago and whose terminal event may be unpublished, unless a later run of the
   * workflow is in progress. Oldest end first.
   */
  unclosedStreams(olderThanMs: number): Promise<StrandedRun[]> {
    return this.dataSource.query<StrandedRun[]>(
      `SELECT id AS "runId", workflow_id AS "workflowId", attempts FROM ${this.tables.runs}
        WHERE status IN ${sqlList(terminalRunStatuses)} AND NOT stream_closed
          AND greatest(finished_at, closing_since) < clock_timestamp() - $1 * interval '1 millisecond'
          AND NOT EXISTS (
            SELECT FROM ${this.tables.runs} AS later
             WHERE later.workflow_id = runs.workflow_id AND later.status IN ${sqlList(workedOn)})
        ORDER BY finished_at LIMIT ${SWEEP}`,
      [olderThanMs],
    );
  }

  /**
   * Publishes the end of a run, together with every other unpublished end of its workflow, in a new epoch. `null` when
   * there is nothing to do: the end is published, the run has not ended, another process started this a moment ago, or a
   * later run is in progress. The holder of that run must not be fenced, and its claim publishes this end.
   */
  claimClosing(runId: RunId): Promise<OpenEpochEffect | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const found = await lockRun(manager, runId);
      if (!found || !isTerminalRunStatus(found.run.status) || found.run.streamClosed) return null;
      const { workflow } = found;
      if (await manager.existsBy(RunEntity, { workflowId: workflow.id, status: In(workedOn) })) return null;
      if (!(await takeClosing(manager, runId))) return null;
      await takeEpoch(manager, workflow);
      return publishing(manager, workflow);
    });
  }

  /** Records that these ends are published. Idempotent. */
  markEndsPublished(ends: readonly RunEnd[]): Promise<void> {
    return inTransaction(this.dataSource, (manager) => recordEndsPublished(manager, ends));
  }
}

/** Lets one process through per grace time: every worker reconciles, and two of them would send viewers two snapshots. */
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

/** The waits of a run that are over, in the order in which they ended. */
export async function overdueWaits(manager: EntityManager, runId: RunId): Promise<StepId[]> {
  const { steps, hooks } = tablesOf(manager);
  const rows = await manager.query<{ id: StepId }[]>(
    `SELECT s.id FROM ${steps} s LEFT JOIN ${hooks} h ON h.step_id = s.id AND h.status = 'RESOLVED'
      WHERE s.run_id = $1 AND s.kind IN ('HOOK', 'SLEEP') AND s.status = 'RUNNING'
        AND (h.id IS NOT NULL OR s.wake_at <= clock_timestamp())
      ORDER BY coalesce(h.resolved_at, s.wake_at), s.ordinal`,
    [runId],
  );
  return rows.map((row) => row.id);
}
