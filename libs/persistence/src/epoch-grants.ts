/**
 * Grants epochs for logs that are ahead of Postgres, which was restored from a backup while Redis was not. An epoch beyond
 * such a log is granted once, and never while a worker holds the workflow with another claim.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, In } from 'typeorm';
import { activeRunStatuses, heldRunStatuses, type WorkflowId } from '#libs/contracts';
import { type EpochGrants, type GrantedEpoch, timings } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { sqlList } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { unpublishedEnds } from './terminal-events.js';
import { inTransaction } from './transactions.js';
import { type LockedWorkflow, lockWorkflow, takeEpoch } from './workflow-lock.js';

const unfinished = In([...activeRunStatuses]);

export type UnheldGrant =
  /** That epoch has been granted, or the workflow no longer exists. */
  { kind: 'same-history' } | { kind: 'held' } | { kind: 'granted'; granted: GrantedEpoch };

@Injectable()
export class PostgresEpochGrants implements EpochGrants {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  grantBeyond(granted: Pick<GrantedEpoch, 'workflowId' | 'epoch'>, ahead: number): Promise<number | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const workflow = await lockWorkflow(manager, { id: granted.workflowId, epoch: granted.epoch });
      return workflow && takeBeyond(manager, workflow, ahead);
    });
  }

  /**
   * As `grantBeyond`, when the log is found by a caller that holds no claim. Refused while a worker executes a run of the
   * workflow: it will find the same log itself and must not be fenced.
   */
  grantUnheldBeyond(workflowId: WorkflowId, open: number): Promise<UnheldGrant> {
    return inTransaction(this.dataSource, async (manager): Promise<UnheldGrant> => {
      const workflow = await lockWorkflow(manager, { id: workflowId });
      if (!workflow || workflow.epoch >= open) return { kind: 'same-history' };
      if (await this.isHeld(manager, workflowId)) return { kind: 'held' };
      const epoch = await takeBeyond(manager, workflow, open);
      const ends = await unpublishedEnds(manager, workflow);
      return { kind: 'granted', granted: { workflowId, epoch, reason: 'TAKEOVER', ends } };
    });
  }

  /** The last granted epochs. Workflows that do not exist are left out. */
  async latestEpochs(workflowIds: readonly WorkflowId[]): Promise<Map<WorkflowId, number>> {
    const rows = await this.dataSource.getRepository(WorkflowEntity).find({
      select: { id: true, epoch: true },
      where: { id: In([...workflowIds]) },
    });
    return new Map(rows.map(({ id, epoch }) => [id, epoch]));
  }

  /** A backup may contain runs in progress whose workers are gone, so the status alone does not tell. */
  private async isHeld(manager: EntityManager, workflowId: WorkflowId): Promise<boolean> {
    const { runs, worker_leases } = tablesOf(manager);
    const rows: unknown[] = await manager.query(
      `SELECT FROM ${runs} AS run WHERE workflow_id = $1 AND status IN ${sqlList(heldRunStatuses)}
          AND (heartbeat_at > clock_timestamp() - $2 * interval '1 millisecond' OR EXISTS (
            SELECT FROM ${worker_leases} AS lease
             WHERE lease.id = run.held_by AND lease.gone_as IS NULL AND lease.lease_until > clock_timestamp()))`,
      [workflowId, timings.reconcileGraceMs],
    );
    return rows.length > 0;
  }
}

/** An unfinished run with the replaced epoch gets the new one. Ended runs keep theirs, because it identifies their end. */
async function takeBeyond(manager: EntityManager, workflow: LockedWorkflow, ahead: number): Promise<number> {
  const replaced = { workflowId: workflow.id, epoch: workflow.epoch, status: unfinished };
  const epoch = await takeEpoch(manager, workflow, { beyond: ahead });
  await manager.update(RunEntity, replaced, { epoch });
  return epoch;
}
