/**
 * The engine's run store on Postgres. Owns the transactions and the fence of every method; what happens inside them
 * stands in the files beside this one.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type AttemptLossCause,
  type Cursor,
  isTerminalRunStatus,
  type RunId,
  type StepId,
  type StepSummary,
} from '#libs/contracts';
import {
  type AttemptFailure,
  type Claimant,
  type ClaimResult,
  type FailedAttempt,
  type GraphEditOutcome,
  type HookStart,
  type MessageCheckpoint,
  type OpenedWait,
  type RunClaim,
  type RunEnd,
  type RunOutcome,
  type RunStore,
  type SettledWait,
  type StartedStep,
  type StepResult,
  type StepStart,
  StoreUnavailableError,
  type SuspendResult,
} from '#libs/engine';
import type { WorkflowGraph } from '#libs/graph';
import { RunEntity } from '../entities/run.entity.js';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { loseAttempt } from '../held-runs.js';
import { databaseNow } from '../run-ending.js';
import { appendRunEvent } from '../run-history.js';
import { moveCursorToEnd, recordEndsTold } from '../stream-closing.js';
import { tablesOf } from '../table-names.js';
import { inTransaction, isOutage } from '../transactions.js';
import { claimedRun, lockClaimed, lockHeldRun, statusSince } from '../workflow-lock.js';
import { claimRun } from './claim-run.js';
import { finishRun } from './finish-run.js';
import { type CompletedGraphStep, completeGraphStep } from './graph-step.js';
import { failStepAttempt, findStep, startStep, storeResult } from './step-progress.js';
import { storeCheckpoint } from './stored-message.js';
import { suspendRun } from './suspend-run.js';
import { openHook, openSleep, settleWaits } from './waits.js';

@Injectable()
export class PostgresRunStore implements RunStore {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  claimRun(runId: RunId, claimant: Claimant | null = null): Promise<ClaimResult> {
    return this.transaction((manager) => claimRun(manager, runId, claimant));
  }

  startStep(claim: RunClaim, start: StepStart): Promise<StartedStep> {
    return this.transaction(async (manager) => {
      await lockHeldRun(manager, claim);
      return startStep(manager, claim, start);
    });
  }

  openHook(claim: RunClaim, start: StepStart, hook: HookStart): Promise<OpenedWait> {
    return this.transaction(async (manager) => {
      await lockHeldRun(manager, claim);
      return openHook(manager, claim, start, hook);
    });
  }

  openSleep(claim: RunClaim, start: StepStart, durationMs: number): Promise<OpenedWait> {
    return this.transaction(async (manager) => {
      await lockHeldRun(manager, claim);
      return openSleep(manager, claim, start, durationMs);
    });
  }

  settleWaits(claim: RunClaim, stepIds: readonly StepId[]): Promise<SettledWait[]> {
    return this.transaction(async (manager) => {
      await lockHeldRun(manager, claim);
      return settleWaits(manager, claim, stepIds);
    });
  }

  suspendRun(claim: RunClaim, stepIds: readonly StepId[], checkpoint: MessageCheckpoint): Promise<SuspendResult> {
    return this.transaction((manager) => suspendRun(manager, claim, stepIds, checkpoint));
  }

  completeStep(
    claim: RunClaim,
    stepId: StepId,
    result: StepResult,
    checkpoint: MessageCheckpoint | null,
  ): Promise<StepSummary> {
    return this.transaction(async (manager) => {
      const { workflow, run } = await lockHeldRun(manager, claim);
      const step = await findStep(manager, claim, stepId);
      const summary = await storeResult(manager, claim, run, step, result);
      if (checkpoint) await storeCheckpoint(manager, workflow, claim, checkpoint);
      return summary;
    });
  }

  completeGraphStep(
    claim: RunClaim,
    stepId: StepId,
    edit: (graph: WorkflowGraph) => GraphEditOutcome,
  ): Promise<CompletedGraphStep> {
    return this.transaction(async (manager) => {
      const held = await lockHeldRun(manager, claim);
      return completeGraphStep(manager, claim, held, stepId, edit);
    });
  }

  failStepAttempt(claim: RunClaim, stepId: StepId, failure: AttemptFailure): Promise<FailedAttempt> {
    return this.transaction(async (manager) => {
      const { run } = await lockHeldRun(manager, claim);
      return failStepAttempt(manager, claim, run, stepId, failure);
    });
  }

  async readGraph(claim: RunClaim): Promise<WorkflowGraph> {
    const select = { id: true, graph: true } as const;
    const where = { id: claim.workflowId };
    const row = await reached(this.dataSource.manager.findOneOrFail(WorkflowEntity, { select, where }));
    return row.graph;
  }

  async now(): Promise<Date> {
    const [row] = await reached(this.dataSource.query<{ now: Date }[]>('SELECT clock_timestamp() AS now'));
    if (!row) throw new Error('Postgres did not tell the time.');
    return row.now;
  }

  /** After the end of the run nothing is stored: the message is what `finishRun` made it. */
  checkpoint(claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
    return this.transaction(async (manager) => {
      const workflow = await lockClaimed(manager, claim);
      const run = await claimedRun(manager, claim);
      if (isTerminalRunStatus(run.status)) return;
      await storeCheckpoint(manager, workflow, claim, checkpoint);
    });
  }

  beginCompleting(claim: RunClaim): Promise<string> {
    return this.transaction(async (manager) => {
      const { workflow, run } = await lockHeldRun(manager, claim);
      if (run.status === 'COMPLETING') return workflow.statusSince.toISOString();
      await manager.update(RunEntity, { id: run.id }, { status: 'COMPLETING', heartbeatAt: databaseNow });
      await manager.update(
        WorkflowEntity,
        { id: workflow.id },
        { status: 'COMPLETING', statusSince: databaseNow, updatedAt: databaseNow },
      );
      await appendRunEvent(manager, claim, 'run_completing', { epoch: claim.epoch });
      return statusSince(manager, workflow.id);
    });
  }

  finishRun(claim: RunClaim, outcome: RunOutcome, checkpoint: MessageCheckpoint | null): Promise<RunEnd | null> {
    return this.transaction((manager) => finishRun(manager, claim, outcome, checkpoint));
  }

  markStreamClosed(claim: RunClaim, cursor: Cursor): Promise<void> {
    return this.transaction(async (manager) => {
      await lockClaimed(manager, claim);
      const run = await claimedRun(manager, claim);
      // Whoever retries a run may be quicker than its worker; its next end is then still to be told.
      const retried = run.status === 'QUEUED';
      if (!retried && !isTerminalRunStatus(run.status)) {
        throw new Error(`${run.id} is ${run.status}: its stream is not closed.`);
      }
      await moveCursorToEnd(manager, claim.workflowId, cursor);
      if (!retried && !run.streamClosed) await manager.update(RunEntity, { id: run.id }, { streamClosed: true });
    });
  }

  markEndsTold(ends: readonly RunEnd[]): Promise<void> {
    return this.transaction((manager) => recordEndsTold(manager, ends));
  }

  /** Does nothing when the run has been given back, waits or has ended already. */
  releaseRun(claim: RunClaim, cause: AttemptLossCause): Promise<void> {
    return this.transaction(async (manager) => {
      const workflow = await lockClaimed(manager, claim);
      const run = await claimedRun(manager, claim);
      if (run.status === 'QUEUED' || run.status === 'WAITING' || isTerminalRunStatus(run.status)) return;
      await loseAttempt(manager, workflow, run, cause);
    });
  }

  /**
   * One statement. The shared lock waits for a claim that is under way, so the answer is never for an epoch
   * that has just been superseded.
   */
  async holds(claim: RunClaim): Promise<boolean> {
    const { workflows, runs } = tablesOf(this.dataSource);
    const answer = this.dataSource.query<{ id: string }[]>(
      `WITH held AS MATERIALIZED (SELECT id FROM ${workflows} WHERE id = $1 AND epoch = $2 FOR SHARE)
       SELECT run.id FROM held, ${runs} AS run WHERE run.id = $3 AND run.status <> 'QUEUED'`,
      [claim.workflowId, claim.epoch, claim.runId],
    );
    return (await reached(answer)).length === 1;
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return reached(inTransaction(this.dataSource, work));
  }
}

/** Tells an outage in the engine's words. */
async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isOutage(error) ? new StoreUnavailableError('Postgres could not answer.', { cause: error }) : error;
  }
}
