/**
 * Deletes data past the operator's retention: the history of runs that ended long ago, and old graph revisions, in batches.
 * Messages, ends, answers to hooks and the newest revision of every graph are never deleted.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, LessThanOrEqual } from 'typeorm';
import { type RunId, terminalRunStatuses, type WorkflowId } from '#libs/contracts';
import { GraphRevisionEntity } from './entities/graph-revision.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { sqlList } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { lockWorkflow } from './workflow-lock.js';

/** Maximum number of runs per call, each in its own transaction. The rest is left to the next call. */
const RUNS = 100;
/** Maximum number of revisions per call. Each holds a whole graph. */
const REVISIONS = 200;

@Injectable()
export class Retention {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Deletes steps, their attempts, the segments of messages and the events of runs that ended at least `days` days ago, by the database's clock;
   * oldest end first. The run records this and can no longer be retried. Safe to call concurrently.
   * @returns the number of runs
   */
  async expireHistory(days: number): Promise<number> {
    const { runs } = tablesOf(this.dataSource);
    const found = await this.dataSource.query<{ id: RunId; workflowId: WorkflowId }[]>(
      `SELECT id, workflow_id AS "workflowId" FROM ${runs}
        WHERE ${EXPIRABLE} ORDER BY finished_at LIMIT ${RUNS}`,
      [days],
    );
    let expired = 0;
    for (const { id, workflowId } of found) {
      expired += await inTransaction(this.dataSource, (manager) => expireRun(manager, workflowId, id, days));
    }
    return expired;
  }

  /**
   * Deletes revisions stored at least `days` days ago, by the database's clock, except the newest of each workflow. Those
   * of one workflow are deleted in order, and the workflow records the highest deleted number.
   * @returns the number of revisions
   */
  async expireRevisions(days: number): Promise<number> {
    const { graph_revisions: revisions } = tablesOf(this.dataSource);
    const found = await this.dataSource.query<{ workflowId: WorkflowId; last: number }[]>(
      `SELECT workflow_id AS "workflowId", max(revision) AS last FROM (
         SELECT workflow_id, revision FROM ${revisions} AS old
          WHERE created_at < clock_timestamp() - $1 * interval '1 day' AND EXISTS (
            SELECT FROM ${revisions} AS newer
             WHERE newer.workflow_id = old.workflow_id AND newer.revision > old.revision)
          ORDER BY created_at, revision LIMIT ${REVISIONS}) AS oldest
        GROUP BY workflow_id`,
      [days],
    );
    let expired = 0;
    for (const { workflowId, last } of found) {
      expired += await inTransaction(this.dataSource, (manager) => forgetRevisions(manager, workflowId, last));
    }
    return expired;
  }
}

/** Not while a terminal event is unpublished, because publishing it needs the steps. */
const EXPIRABLE = `history_expired_at IS NULL AND status IN ${sqlList(terminalRunStatuses)} AND stream_closed
  AND finished_at < clock_timestamp() - $1 * interval '1 day'`;

/** Under the workflow's lock, like a retry: either the run is retried or its history expires. */
async function expireRun(manager: EntityManager, workflowId: WorkflowId, runId: RunId, days: number): Promise<number> {
  const { runs, steps, run_events, messages, message_segments } = tablesOf(manager);
  if (!(await lockWorkflow(manager, { id: workflowId }))) return 0;
  const [, marked] = await manager.query<[unknown[], number]>(
    `UPDATE ${runs} SET history_expired_at = clock_timestamp() WHERE id = $2 AND ${EXPIRABLE}`,
    [days, runId],
  );
  if (marked === 0) return 0;
  await manager.query(
    `DELETE FROM ${run_events} WHERE run_id = $1 AND type NOT IN ('run_succeeded', 'run_failed', 'run_canceled')`,
    [runId],
  );
  await manager.query(
    `DELETE FROM ${message_segments} WHERE message_id = (SELECT id FROM ${messages} WHERE run_id = $1 AND role = 'assistant')`,
    [runId],
  );
  // Attempts are deleted with their steps.
  await manager.query(`DELETE FROM ${steps} WHERE run_id = $1`, [runId]);
  return marked;
}

async function forgetRevisions(manager: EntityManager, workflowId: WorkflowId, last: number): Promise<number> {
  if (!(await lockWorkflow(manager, { id: workflowId }))) return 0;
  const { affected } = await manager.delete(GraphRevisionEntity, { workflowId, revision: LessThanOrEqual(last) });
  await manager.update(WorkflowEntity, { id: workflowId }, { revisionsExpiredTo: last });
  return affected ?? 0;
}
