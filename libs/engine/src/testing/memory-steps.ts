/** The steps of a run in the in-memory store: lookup, creation and results. */
import { addUsage, newId, redactSecrets, type StepId } from '#libs/contracts';
import type { StepResult, StepStart } from '../ports/run-store.port.js';
import { type MemoryRecords, nextCommitPosition, type RunRecord, type StepRecord } from './memory-records.js';

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

/** Tries that failed and were to be followed by another, since a person last queued the run. */
export function failedTries(
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
