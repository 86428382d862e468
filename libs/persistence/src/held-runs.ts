/**
 * Runs that a worker has under way, and what becomes of them when it has gone. Owns that an attempt is lost once and with
 * its cause.
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
import type { Committed, Effect } from '#libs/engine';
import { RunEntity } from './entities/run.entity.js';
import { WorkerLeaseEntity } from './entities/worker-lease.entity.js';
import { resetUnfinishedSteps } from './run-ending.js';
import { appendRunEvent } from './run-history.js';
import { databaseNow } from './stored-values.js';
import { tablesOf } from './table-names.js';
import { inTransaction } from './transactions.js';
import { changeWorkflow, type LockedWorkflow, lockRun, workflowChanged } from './workflow-lock.js';

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
   * Runs that the worker holds and does not have in hand: Postgres was away when it was to give them back.
   * @param inHand read before the question is asked, from before a run is claimed until its attempt has ended
   */
  async strays(worker: WorkerId, inHand: readonly RunId[]): Promise<RunId[]> {
    const strays = await this.dataSource.query<{ id: RunId }[]>(
      `SELECT id FROM ${tablesOf(this.dataSource).runs} WHERE held_by = $1 AND NOT id = ANY($2) LIMIT ${SWEEP}`,
      [worker, inHand],
    );
    return strays.map(({ id }) => id);
  }

  /** Queues a stray of this worker again. False when it holds the run no longer. */
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

/**
 * Makes a run that was under way QUEUED again. The workflow must be locked. It is left to the caller when the run is
 * dispatched.
 */
export async function loseAttempt(
  manager: EntityManager,
  workflow: LockedWorkflow,
  run: RunEntity,
  cause: AttemptLossCause,
): Promise<Effect[]> {
  await resetUnfinishedSteps(manager, run, attemptLossMessage(cause));
  // It was counted when it began, and a stored step has taken it back.
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
