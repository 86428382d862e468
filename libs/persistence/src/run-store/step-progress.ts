/**
 * Starts, failures and results of steps. Every function runs in a transaction that holds the workflow's lock and is
 * idempotent under the same claim.
 */
import type { EntityManager } from 'typeorm';
import { addUsage, newId, type RunId, type StepId, type StepSummary, type UIMessageChunk } from '#libs/contracts';
import type { FailedTry, RunClaim, StartedStep, StepResult, StepStart, TryFailure } from '#libs/engine';
import { RunEntity } from '../entities/run.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { StepAttemptEntity } from '../entities/step-attempt.entity.js';
import { appendRunEvent } from '../run-history.js';
import { shownValue } from '../shown-value.js';
import { databaseNow, inMilliseconds, storable } from '../stored-values.js';
import { tablesOf } from '../table-names.js';
import { type StepSummaryRow, stepSummary, summaryColumns } from '../views.js';

export function findStep(manager: EntityManager, claim: RunClaim, stepId: StepId): Promise<StepSummaryRow> {
  return manager.findOneOrFail(StepEntity, { select: summaryColumns, where: { id: stepId, runId: claim.runId } });
}

/** The newest try, or `null` before the first. */
function lastTry(manager: EntityManager, stepId: StepId): Promise<StepAttemptEntity | null> {
  return manager.findOne(StepAttemptEntity, { where: { stepId }, order: { number: 'DESC' } });
}

interface FailedTries {
  count: number;
  /** Milliseconds until the step may be tried again; not positive when the pause is over. */
  pauseMs: number | null;
}

/**
 * Tries that failed and were to be followed by another, since a person last queued the run: a retry by a person starts the
 * count again. A try that was lost or handed back has no next retry time.
 */
async function failedTries(manager: EntityManager, claim: RunClaim, stepId: StepId): Promise<FailedTries> {
  const { step_attempts, run_events } = tablesOf(manager);
  const [row] = await manager.query<FailedTries[]>(
    // If the database's clock is set back, the pause restarts at its full length, but never exceeds it.
    `SELECT count(*)::int AS count,
            max(extract(epoch FROM least(next_retry_at - clock_timestamp(), next_retry_at - finished_at)) * 1000)::float8
              AS "pauseMs"
       FROM ${step_attempts}
      WHERE step_id = $1 AND next_retry_at IS NOT NULL AND started_at > coalesce(
        (SELECT max(at) FROM ${run_events} WHERE run_id = $2 AND type = 'run_retried'), '-infinity')`,
    [stepId, claim.runId],
  );
  return row ?? { count: 0, pauseMs: null };
}

export async function startStep(manager: EntityManager, claim: RunClaim, start: StepStart): Promise<StartedStep> {
  const existing = await manager.findOne(StepEntity, {
    select: summaryColumns,
    where: { runId: claim.runId, name: start.name, occurrence: start.occurrence },
  });
  if (existing?.status === 'SUCCEEDED') throw new Error(`${existing.id} has a stored result: it cannot start again.`);
  const last = existing ? await lastTry(manager, existing.id) : null;
  const failed = existing ? await failedTries(manager, claim, existing.id) : { count: 0, pauseMs: null };
  const counts = { tryNumber: (last?.number ?? 0) + 1, failedTries: failed.count, pauseMs: null };
  if (existing && last && last.epoch === claim.epoch && last.finishedAt === null) {
    return { ...counts, step: stepSummary(existing), tryNumber: last.number };
  }
  if (existing && failed.pauseMs !== null && failed.pauseMs > 0 && !start.pauseIsOver) {
    await manager.update(StepEntity, { id: existing.id }, { status: 'RETRYING' });
    const step = stepSummary(await findStep(manager, claim, existing.id));
    return { ...counts, step, pauseMs: failed.pauseMs };
  }

  const id = existing?.id ?? newId('step');
  if (existing) {
    await manager.update(
      StepEntity,
      { id },
      {
        status: 'RUNNING',
        inputHash: start.inputHash,
        ...askedAgain(start),
        error: storable(null),
        finishedAt: null,
        startedAt: () => 'coalesce(started_at, clock_timestamp())',
      },
    );
  } else {
    await insertStep(manager, claim, start, { id, chunks: [], wakeAt: null });
  }
  const { tryNumber } = counts;
  await manager.insert(StepAttemptEntity, {
    id: newId('stepAttempt'),
    stepId: id,
    ownerId: claim.ownerId,
    number: tryNumber,
    epoch: claim.epoch,
  });
  await appendRunEvent(manager, claim, 'step_started', { name: start.name, kind: start.kind, attempt: tryNumber }, id);
  return { ...counts, step: stepSummary(await findStep(manager, claim, id)) };
}

/** Stores a step that has just started for the first time. */
export async function insertStep(
  manager: EntityManager,
  claim: RunClaim,
  start: StepStart,
  { id, chunks, wakeAt }: { id: StepId; chunks: UIMessageChunk[]; wakeAt: (() => string) | null },
): Promise<void> {
  await manager.insert(StepEntity, {
    id,
    runId: claim.runId,
    workflowId: claim.workflowId,
    ownerId: claim.ownerId,
    name: start.name,
    occurrence: start.occurrence,
    kind: start.kind,
    status: 'RUNNING',
    input: storable(shownValue(start.input)),
    inputHash: start.inputHash,
    askedAfter: start.askedAfter ?? null,
    chunks: storable(chunks),
    startedAt: databaseNow,
    ...(wakeAt && { wakeAt }),
  });
}

/**
 * Keeps the lowest count. Slow code may ask later in a replay than at first, which says nothing. It asks earlier only when
 * a retry has removed results from the history that were counted the first time.
 */
export function askedAgain({ askedAfter }: StepStart): { askedAfter?: () => string } {
  return askedAfter === undefined ? {} : { askedAfter: () => `least(asked_after, ${Math.round(askedAfter)})` };
}

/** Positions only grow: a step that is tried again leaves a gap. The workflow must be locked. */
export async function nextCommitPosition(manager: EntityManager, runId: RunId): Promise<number> {
  const [row] = await manager.query<{ last: number | null }[]>(
    `SELECT max(commit_position) AS last FROM ${tablesOf(manager).steps} WHERE run_id = $1`,
    [runId],
  );
  return (row?.last ?? 0) + 1;
}

/** Stores a result once: a step that has one keeps it. Updates the run's usage and progress in the same transaction. */
export async function storeResult(
  manager: EntityManager,
  claim: RunClaim,
  run: RunEntity,
  step: StepSummaryRow,
  result: StepResult,
): Promise<StepSummary> {
  if (step.status === 'SUCCEEDED') return stepSummary(step);
  await manager.update(
    StepEntity,
    { id: step.id },
    {
      status: 'SUCCEEDED',
      output: storable(result.output),
      chunks: storable(result.chunks),
      usage: storable(addUsage(step.usage, result.usage)),
      error: storable(null),
      commitPosition: await nextCommitPosition(manager, run.id),
      finishedAt: databaseNow,
    },
  );
  const last = await lastTry(manager, step.id);
  if (last && last.finishedAt === null) {
    await manager.update(
      StepAttemptEntity,
      { id: last.id },
      { finishedAt: databaseNow, usage: storable(result.usage) },
    );
  }
  await manager.update(
    RunEntity,
    { id: run.id },
    { attemptsWithoutProgress: 0, heartbeatAt: databaseNow, usage: storable(addUsage(run.usage, result.usage)) },
  );
  await appendRunEvent(
    manager,
    claim,
    'step_completed',
    { name: step.name, usage: result.usage && { ...result.usage } },
    step.id,
  );
  return stepSummary(await findStep(manager, claim, step.id));
}

export async function failStepTry(
  manager: EntityManager,
  claim: RunClaim,
  run: RunEntity,
  stepId: StepId,
  failure: TryFailure,
): Promise<FailedTry> {
  const step = await findStep(manager, claim, stepId);
  const last = await lastTry(manager, stepId);
  if (step.status === 'SUCCEEDED' || !last || last.finishedAt !== null) {
    return { step: stepSummary(step), nextRetryAt: last?.nextRetryAt?.toISOString() ?? null };
  }

  const status = failure.retryInMs === null ? 'FAILED' : 'RETRYING';
  await manager.update(
    StepAttemptEntity,
    { id: last.id },
    {
      finishedAt: databaseNow,
      error: storable(failure.error),
      nextRetryAt: failure.retryInMs === null ? null : inMilliseconds(failure.retryInMs),
      usage: storable(failure.usage),
    },
  );
  await manager.update(RunEntity, { id: run.id }, { usage: storable(addUsage(run.usage, failure.usage)) });
  await manager.update(
    StepEntity,
    { id: stepId },
    {
      status,
      error: storable(failure.error),
      usage: storable(addUsage(step.usage, failure.usage)),
      ...(status === 'FAILED' && {
        chunks: storable(failure.chunks ?? []),
        finishedAt: databaseNow,
        commitPosition: await nextCommitPosition(manager, claim.runId),
      }),
    },
  );
  const nextRetryAt = (await lastTry(manager, stepId))?.nextRetryAt?.toISOString() ?? null;
  await appendRunEvent(
    manager,
    claim,
    status === 'FAILED' ? 'step_failed' : 'step_retrying',
    { name: step.name, attempt: last.number, error: { ...failure.error }, nextRetryAt },
    stepId,
  );
  return { step: stepSummary(await findStep(manager, claim, stepId)), nextRetryAt };
}
