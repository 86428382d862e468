/**
 * The engine's run store on Postgres: the transaction, the fence and the effects of every method. The work inside each
 * transaction is in the neighbouring files.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import {
  type AttemptLossCause,
  type Cursor,
  cursorParts,
  isHeldRunStatus,
  type RunId,
  type StepId,
  type StepSummary,
} from '#libs/contracts';
import {
  type Claimant,
  type ClaimResult,
  type Committed,
  type CompletedStep,
  type FailedTry,
  type FinalMessage,
  type GraphEditOutcome,
  type HookStart,
  type MessageCheckpoint,
  type OpenedWait,
  type PerformEffects,
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
  type TryFailure,
  timings,
} from '#libs/engine';
import type { WorkflowGraph } from '#libs/graph';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { loseAttempt } from '../held-runs.js';
import { callFunctions, type FunctionCall, fence } from '../store-functions.js';
import { tablesOf } from '../table-names.js';
import { recordEndsPublished } from '../terminal-events.js';
import { inTransaction, isOutage, isTransient } from '../transactions.js';
import { claimedRun, lockClaimed, lockHeldRun, workflowChanged } from '../workflow-lock.js';
import { claimNewRun, claimRun } from './claim-run.js';
import { finishRun } from './finish-run.js';
import { type CompletedGraphStep, completeGraphStep } from './graph-step.js';
import { beginCompleting, completeAndStartStep, completeStep, failStepTry, startStep } from './step-progress.js';
import { checkpointClaimed } from './stored-message.js';
import { suspendRun } from './suspend-run.js';
import { openHook, openSleep, settleWaits } from './waits.js';

export class PostgresRunStore implements RunStore {
  /** @param patienceMs how long a write under a claim is retried while Postgres is away */
  constructor(
    private readonly dataSource: DataSource,
    private readonly perform: PerformEffects,
    private readonly patienceMs: number = timings.storePatienceMs,
  ) {}

  /** An outage is not waited out: the run is simply delivered again. */
  async claimRun(runId: RunId, claimant: Claimant | null = null): Promise<ClaimResult> {
    // If its reply was lost, the transaction finds out what happened.
    const claimed = await claimNewRun(this.dataSource, runId, claimant).catch((error: unknown) => {
      if (isTransient(error)) return null;
      throw isOutage(error) ? unavailable(error) : error;
    });
    const claim = claimed ?? inTransaction(this.dataSource, (manager) => claimRun(manager, runId, claimant));
    return this.performed(await reached(Promise.resolve(claim)));
  }

  startStep(claim: RunClaim, start: StepStart): Promise<StartedStep> {
    return this.patiently(() => startStep(this.dataSource, claim, start));
  }

  completeAndStartStep(
    claim: RunClaim,
    completed: CompletedStep,
    start: StepStart,
  ): Promise<{ completed: StepSummary; started: StartedStep }> {
    return this.patiently(() => completeAndStartStep(this.dataSource, claim, completed, start));
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
    return this.command(async (manager) => {
      const result = await suspendRun(manager, claim, stepIds, checkpoint);
      return { result, effects: result.kind === 'suspended' ? [workflowChanged(claim)] : [] };
    });
  }

  completeStep(
    claim: RunClaim,
    stepId: StepId,
    result: StepResult,
    checkpoint: MessageCheckpoint | null,
  ): Promise<StepSummary> {
    return this.patiently(() => completeStep(this.dataSource, claim, { stepId, result, checkpoint }));
  }

  completeGraphStep(
    claim: RunClaim,
    stepId: StepId,
    edit: (graph: WorkflowGraph) => GraphEditOutcome,
  ): Promise<CompletedGraphStep> {
    return this.command(async (manager) => {
      const { workflow } = await lockHeldRun(manager, claim);
      const result = await completeGraphStep(manager, claim, workflow, stepId, edit);
      return { result, effects: result.event ? [workflowChanged(claim)] : [] };
    });
  }

  failStepTry(claim: RunClaim, stepId: StepId, failure: TryFailure): Promise<FailedTry> {
    return this.patiently(() => failStepTry(this.dataSource, claim, stepId, failure));
  }

  async readGraph(claim: RunClaim): Promise<WorkflowGraph> {
    const select = { id: true, graph: true } as const;
    const where = { id: claim.workflowId };
    const row = await this.patiently(() => this.dataSource.manager.findOneOrFail(WorkflowEntity, { select, where }));
    return row.graph;
  }

  async now(): Promise<Date> {
    const [row] = await this.patiently(() => this.dataSource.query<{ now: Date }[]>('SELECT clock_timestamp() AS now'));
    if (!row) throw new Error('Postgres did not return the time.');
    return row.now;
  }

  /** After the end of the run nothing is stored: the message is what `finishRun` made it. */
  checkpoint(claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
    return this.patiently(() => checkpointClaimed(this.dataSource, claim, checkpoint));
  }

  async beginCompleting(
    claim: RunClaim,
    last: CompletedStep | null = null,
  ): Promise<{ since: string; completed: StepSummary | null }> {
    const completing = await this.patiently(() => beginCompleting(this.dataSource, claim, last));
    this.perform([workflowChanged(claim)]);
    return completing;
  }

  async finishRun(
    claim: RunClaim,
    outcome: RunOutcome,
    message: FinalMessage | null,
    last: CompletedStep | null = null,
  ): Promise<RunEnd | null> {
    const end = await this.patiently(() => finishRun(this.dataSource, claim, outcome, message, last));
    if (end) this.perform([workflowChanged(claim)]);
    return end;
  }

  markStreamClosed(claim: RunClaim, cursor: Cursor): Promise<void> {
    const { epoch, seq } = cursorParts(cursor);
    return this.called({ name: 'mark_stream_closed', args: { ...fence(claim), at_epoch: epoch, at_seq: seq } });
  }

  async markEndsPublished(ends: readonly RunEnd[]): Promise<void> {
    if (ends.length > 0) await this.transaction((manager) => recordEndsPublished(manager, ends));
  }

  /** Does nothing when the run was already released, waits, or has ended. */
  releaseRun(claim: RunClaim, cause: AttemptLossCause): Promise<void> {
    return this.command(async (manager) => {
      const workflow = await lockClaimed(manager, claim);
      const run = await claimedRun(manager, claim);
      return {
        result: undefined,
        effects: isHeldRunStatus(run.status) ? await loseAttempt(manager, workflow, run, cause) : [],
      };
    });
  }

  /**
   * One statement. The shared lock waits for a claim in progress, so the answer is never for an epoch that has just been
   * superseded.
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

  private called<T>(call: FunctionCall): Promise<T> {
    return this.patiently(() => callFunctions<T>(this.dataSource, call));
  }

  private async command<T>(work: (manager: EntityManager) => Promise<Committed<T>>): Promise<T> {
    return this.performed(await this.transaction(work));
  }

  private performed<T>({ result, effects }: Committed<T>): T {
    this.perform(effects);
    return result;
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.patiently(() => inTransaction(this.dataSource, work));
  }

  /** Everything under a claim may be repeated, so an outage is waited out. */
  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.patienceMs;
    for (let pauseMs = 50; ; pauseMs = Math.min(1_000, pauseMs * 2)) {
      try {
        return await reached(work());
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || performance.now() + pauseMs >= deadline) throw error;
      }
      await delay(pauseMs);
    }
  }
}

/** Translates an outage into the engine's error. */
async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isOutage(error) ? unavailable(error) : error;
  }
}

const unavailable = (cause: unknown) => new StoreUnavailableError('Postgres could not answer.', { cause });
