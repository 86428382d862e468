/** The steps of a run in the in-memory store: lookup, creation and results. */
import { addUsage, newId, redactSecrets, type StepId } from '#libs/contracts';
import type { StartedStep, StepResult, StepStart } from '../ports/run-store.port.js';
import {
  type MemoryRecords,
  nextCommitPosition,
  type RunRecord,
  type StepRecord,
  stepSummary,
} from './memory-records.js';

export function findStep(run: RunRecord, { name, occurrence }: StepStart): StepRecord | null {
  return run.steps.find((step) => step.name === name && step.occurrence === occurrence) ?? null;
}

export function stepOf(run: RunRecord, stepId: StepId): StepRecord {
  const step = run.steps.find(({ id }) => id === stepId);
  if (!step) throw new Error(`There is no step ${stepId}.`);
  return step;
}

/**
 * Keeps the lowest count. It is lower only when a retry has removed results from the history that were counted the first
 * time.
 */
export function askAgain(step: StepRecord, { askedAfter }: StepStart): void {
  if (askedAfter !== undefined) step.askedAfter = Math.min(step.askedAfter ?? askedAfter, askedAfter);
}

export function addStep(run: RunRecord, { name, occurrence, kind, input, inputHash }: StepStart): StepRecord {
  const step: StepRecord = {
    id: newId('step'),
    name,
    occurrence,
    kind,
    status: 'RUNNING',
    input: redactSecrets(structuredClone(input)),
    inputHash,
    output: null,
    error: null,
    usage: null,
    chunks: [],
    commitPosition: null,
    askedAfter: null,
    wakeAt: null,
    startedAt: null,
    finishedAt: null,
    tries: [],
  };
  run.steps.push(step);
  return step;
}

/** Throws when the step must not start again. */
export function refuseStored(step: StepRecord | null): void {
  if (step?.status === 'SUCCEEDED') throw new Error(`${step.id} has a stored result: it cannot start again.`);
}

/** Starts the step's next try, unless it is still in a pause after the last one. */
export function beginTry(records: MemoryRecords, run: RunRecord, epoch: number, start: StepStart): StartedStep {
  const existing = findStep(run, start);
  refuseStored(existing);
  const last = existing?.tries.at(-1);
  const failed = failedTries(records, run, existing);
  const counts = { tryNumber: (last?.number ?? 0) + 1, failedTries: failed.count, pauseMs: null };
  if (existing && last && last.epoch === epoch && last.finishedAt === null) {
    return { ...counts, step: stepSummary(run, existing), tryNumber: last.number };
  }
  if (existing && failed.pauseMs > 0 && !start.pauseIsOver) {
    existing.status = 'RETRYING';
    return { ...counts, step: stepSummary(run, existing), pauseMs: failed.pauseMs };
  }
  const now = records.clock.now();
  const step = existing ?? addStep(run, start);
  Object.assign(step, { status: 'RUNNING', inputHash: start.inputHash, error: null, finishedAt: null });
  step.startedAt ??= now;
  askAgain(step, start);
  step.tries.push({
    number: counts.tryNumber,
    epoch,
    afterRetries: run.retries,
    startedAt: now,
    finishedAt: null,
    error: null,
    nextRetryAt: null,
    usage: null,
  });
  records.record(run, 'step_started', { name: start.name, kind: start.kind, attempt: counts.tryNumber }, step.id);
  return { ...counts, step: stepSummary(run, step) };
}

/** Tries that failed and were to be followed by another, since a person last queued the run. */
function failedTries(
  records: MemoryRecords,
  run: RunRecord,
  step: StepRecord | null,
): { count: number; pauseMs: number } {
  const now = records.clock.now().getTime();
  const failed = (step?.tries ?? []).filter((one) => one.nextRetryAt !== null && one.afterRetries === run.retries);
  const pauses = failed.map(({ nextRetryAt, finishedAt }) => {
    const due = nextRetryAt?.getTime() ?? 0;
    return Math.min(due - now, due - (finishedAt?.getTime() ?? 0));
  });
  return { count: failed.length, pauseMs: Math.max(0, ...pauses) };
}

/** Stores a result once: a step that has one keeps it. */
export function storeResult(
  records: MemoryRecords,
  run: RunRecord,
  step: StepRecord,
  { output, chunks, usage }: StepResult,
): void {
  if (step.status === 'SUCCEEDED') return;
  const now = records.clock.now();
  Object.assign(step, structuredClone({ output, chunks }), { status: 'SUCCEEDED', error: null, finishedAt: now });
  step.usage = addUsage(step.usage, usage);
  step.commitPosition = nextCommitPosition(run);
  const last = step.tries.at(-1);
  if (last && last.finishedAt === null) Object.assign(last, { finishedAt: now, usage });
  run.attemptsWithoutProgress = 0;
  run.usage = addUsage(run.usage, usage);
  records.record(run, 'step_completed', { name: step.name, usage: usage && { ...usage } }, step.id);
}

export function nextWake(run: RunRecord, stepIds: readonly StepId[]): Date | null {
  const times = run.steps
    .filter((step) => stepIds.includes(step.id) && step.status === 'RUNNING')
    .flatMap(({ wakeAt }) => (wakeAt === null ? [] : [wakeAt.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
