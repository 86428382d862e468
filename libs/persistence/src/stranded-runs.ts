/**
 * What the reconciler asks: whose effects did not happen. Runs that nobody seems to work on have no job, and a run that
 * ended some time ago may have a terminal event that is not published.
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

/** More than this in one sweep is left to the next. */
const SWEEP = 500;

/** A run that is worked on, or would be fenced for nothing. Its claim publishes the ends of earlier runs. */
const workedOn = activeRunStatuses.filter((status) => status !== 'QUEUED');

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
        WHERE status IN ${sqlList(activeRunStatuses.filter((status) => status !== 'WAITING'))} AND held_by IS NULL
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

  /** Dispatches the run, if it should have a job right now: it is queued, or the time of something that it waits for is up. */
  async dueForDelivery(runId: RunId): Promise<Effect[]> {
    const { manager } = this.dataSource;
    const select = { id: true, status: true, attempts: true } as const;
    const run = await manager.findOne(RunEntity, { select, where: { id: runId } });
    const isDue =
      run?.status === 'WAITING' ? (await overdueWaits(manager, runId)).length > 0 : run?.status === 'QUEUED';
    return run && isDue ? [{ type: 'dispatch-run', runId, attempts: run.attempts }] : [];
  }

  /**
   * Runs that ended more than that ago and whose terminal event may not be published, unless a later run of the
   * workflow is worked on. Oldest end first.
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
   * Publishes the end of a run, together with every other unpublished end of its workflow, in an epoch of its own. `null`
   * when there is nothing to do: the end is published, the run has not ended, somebody else took this on a moment ago, or a
   * later run is worked on, whose holder must not be fenced and publishes this end with its own claim.
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

/** The waits of a run that are over, by when that happened. */
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
