/**
 * Runs that a worker has under way, and what becomes of them when it has gone. Owns that an attempt is lost once and with
 * its cause; never enqueues.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type AttemptLossCause,
  attemptLossMessage,
  countsAgainstRun,
  type RunId,
  type WorkerId,
} from '#libs/contracts';
import { RunEntity } from './entities/run.entity.js';
import { WorkerLeaseEntity } from './entities/worker-lease.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { databaseNow, resetUnfinishedSteps } from './run-ending.js';
import { appendRunEvent } from './run-history.js';
import type { DeliverableRun } from './stranded-runs.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { type LockedWorkflow, lockWorkflow } from './workflow-lock.js';

/** More than this at once is left to the next call. */
const SWEEP = 500;

@Injectable()
export class HeldRuns {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Runs whose worker has gone. */
  async ofGoneWorkers(): Promise<RunId[]> {
    const { runs, worker_leases } = tablesOf(this.dataSource);
    const rows = await this.dataSource.query<{ id: RunId }[]>(
      `SELECT id FROM ${runs} AS run
        WHERE held_by IS NOT NULL AND NOT EXISTS (
          SELECT FROM ${worker_leases} AS lease WHERE lease.id = run.held_by AND lease.gone_as IS NULL)
        ORDER BY ordinal LIMIT ${SWEEP}`,
    );
    return rows.map((row) => row.id);
  }

  /** Queues the run again, if its worker has gone. `null` when somebody else has done so, or it has ended. */
  async loseIfGone(runId: RunId): Promise<(DeliverableRun & { cause: AttemptLossCause }) | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const held = await lockRun(manager, runId);
      const cause = held && (await goneAs(manager, held.run));
      if (!held || !cause) return null;
      await loseAttempt(manager, held.workflow, held.run, cause);
      return { runId, attempts: held.run.attempts, cause };
    });
  }

  /**
   * Queues runs again that the worker holds and does not have in hand: Postgres was away when it was to give them back.
   * @param inHand read before the question is asked, from before a run is claimed until its attempt has ended
   */
  async releaseStrays(worker: WorkerId, inHand: readonly RunId[]): Promise<DeliverableRun[]> {
    const strays = await this.dataSource.query<{ id: RunId }[]>(
      `SELECT id FROM ${tablesOf(this.dataSource).runs} WHERE held_by = $1 AND NOT id = ANY($2) LIMIT ${SWEEP}`,
      [worker, inHand],
    );
    const released: DeliverableRun[] = [];
    for (const { id: runId } of strays) {
      const attempts = await inTransaction(this.dataSource, async (manager) => {
        const held = await lockRun(manager, runId);
        if (held?.run.heldBy !== worker) return null;
        await loseAttempt(manager, held.workflow, held.run, 'CUT_OFF');
        return held.run.attempts;
      });
      if (attempts !== null) released.push({ runId, attempts });
    }
    return released;
  }
}

async function lockRun(
  manager: EntityManager,
  runId: RunId,
): Promise<{ workflow: LockedWorkflow; run: RunEntity } | null> {
  const known = await manager.findOne(RunEntity, { select: { id: true, workflowId: true }, where: { id: runId } });
  const workflow = known && (await lockWorkflow(manager, { id: known.workflowId }));
  const run = workflow && (await manager.findOneBy(RunEntity, { id: runId }));
  return workflow && run ? { workflow, run } : null;
}

/** Why the worker that holds the run does so no more; `null` while it lives, or nobody holds the run. */
export async function goneAs(
  manager: EntityManager,
  { heldBy }: Pick<RunEntity, 'heldBy'>,
): Promise<AttemptLossCause | null> {
  if (heldBy === null) return null;
  const lease = await manager.findOneBy(WorkerLeaseEntity, { id: heldBy });
  // One that left in order and still held something did not hand it back in time.
  return lease ? lease.goneAs : 'KILLED';
}

/** Puts a run that was under way back into the queue. The workflow must be locked. */
export async function loseAttempt(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  cause: AttemptLossCause,
): Promise<void> {
  await resetUnfinishedSteps(manager, run, attemptLossMessage(cause));
  // It was counted when it began, and a stored step has taken it back.
  const attemptsWithoutProgress = Math.max(0, run.attemptsWithoutProgress - (countsAgainstRun(cause) ? 0 : 1));
  await manager.update(
    RunEntity,
    { id: run.id },
    { status: 'QUEUED', attemptsWithoutProgress, heldBy: null, lostAs: cause, heartbeatAt: databaseNow },
  );
  await manager.update(
    WorkflowEntity,
    { id: workflow.id },
    {
      status: 'GENERATING',
      ...(workflow.status === 'GENERATING' ? {} : { statusSince: databaseNow }),
      updatedAt: databaseNow,
    },
  );
  const place = { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId };
  const data = { epoch: run.epoch, attempt: run.attempts, cause };
  await appendRunEvent(manager, place, cause === 'HANDED_BACK' ? 'run_released' : 'attempt_lost', data);
}
