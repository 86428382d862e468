/** Runs held by workers, and their recovery when a worker has gone. Each attempt is lost once, with its cause. */
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
import type { Committed, Effect } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkerLeaseEntity } from './entities/worker-lease.entity.js';
import { resetUnfinishedSteps } from './run-ending.js';
import { appendRunEvent } from './run-history.js';
import { databaseNow } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { changeWorkflow, type LockedWorkflow, lockRun, workflowChanged } from './workflow-lock.js';

/** Maximum per call; the rest is left to the next one. */
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

  /** Requeues the run if its worker has gone. `null` when another process has already done so or the run has ended. */
  loseIfGone(runId: RunId): Promise<Committed<{ attempts: number; cause: AttemptLossCause } | null>> {
    return inTransaction(this.dataSource, async (manager) => {
      const held = await lockRun(manager, runId);
      const cause = held && (await goneAs(manager, held.run));
      if (!held || !cause) return { result: null, effects: [] };
      const { attempts } = held.run;
      return { result: { attempts, cause }, effects: await lostAndQueued(manager, held, cause) };
    });
  }

  /**
   * Runs that the worker holds but does not execute: Postgres was away when they should have been handed back.
   * @param inHand runs from before their claim until their attempt has ended, read before this call
   */
  async strays(worker: WorkerId, inHand: readonly RunId[]): Promise<RunId[]> {
    const strays = await this.dataSource.query<{ id: RunId }[]>(
      `SELECT id FROM ${tablesOf(this.dataSource).runs} WHERE held_by = $1 AND NOT id = ANY($2) LIMIT ${SWEEP}`,
      [worker, inHand],
    );
    return strays.map(({ id }) => id);
  }

  /** Requeues a stray run of this worker. False when the worker no longer holds it. */
  releaseStray(worker: WorkerId, runId: RunId): Promise<Committed<boolean>> {
    return inTransaction(this.dataSource, async (manager) => {
      const held = await lockRun(manager, runId);
      if (held?.run.heldBy !== worker) return { result: false, effects: [] };
      return { result: true, effects: await lostAndQueued(manager, held, 'CUT_OFF') };
    });
  }
}

async function lostAndQueued(
  manager: EntityManager,
  { workflow, run }: { workflow: LockedWorkflow; run: RunEntity },
  cause: AttemptLossCause,
): Promise<Effect[]> {
  const effects = await loseAttempt(manager, workflow, run, cause);
  return [...effects, { type: 'dispatch-run', runId: run.id, attempts: run.attempts }];
}

/** Why the run's worker has gone; `null` while it lives, or when no worker holds the run. */
export async function goneAs(
  manager: EntityManager,
  { heldBy }: Pick<RunEntity, 'heldBy'>,
): Promise<AttemptLossCause | null> {
  if (heldBy === null) return null;
  const lease = await manager.findOneBy(WorkerLeaseEntity, { id: heldBy });
  // A missing lease is that of a worker that left in order, so it did not hand this run back in time.
  return lease ? lease.goneAs : 'KILLED';
}

/** Makes a run that was in progress QUEUED again. The workflow must be locked. The caller has to dispatch the run. */
export async function loseAttempt(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  cause: AttemptLossCause,
): Promise<Effect[]> {
  await resetUnfinishedSteps(manager, run, attemptLossMessage(cause));
  // Undoes the count made when the attempt began. A step stored since then has reset the counter already.
  const attemptsWithoutProgress = Math.max(0, run.attemptsWithoutProgress - (countsAgainstRun(cause) ? 0 : 1));
  await manager.update(
    RunEntity,
    { id: run.id },
    { status: 'QUEUED', attemptsWithoutProgress, heldBy: null, lostAs: cause, heartbeatAt: databaseNow },
  );
  const looksDifferent = workflow.status !== 'GENERATING';
  await changeWorkflow(manager, workflow, { status: 'GENERATING' });
  const place = { runId: run.id, workflowId: workflow.id, ownerId: workflow.ownerId };
  const data = { epoch: run.epoch, attempt: run.attempts, cause };
  await appendRunEvent(manager, place, cause === 'HANDED_BACK' ? 'run_released' : 'attempt_lost', data);
  return looksDifferent ? [workflowChanged(place)] : [];
}
