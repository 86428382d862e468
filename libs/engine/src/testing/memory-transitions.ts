/** State transitions of runs in the in-memory store, for all callers: ends, lost attempts, settled waits. */
import {
  type AppendableEvent,
  type AttemptLossCause,
  attemptLossMessage,
  closingChunks,
  compactChunks,
  compareCursors,
  countsAgainstRun,
  cursorAt,
  isTerminalRunStatus,
  limits,
  type MessageSegment,
  runErrorInfo,
  runStatusFields,
  type StepId,
  type StepSummary,
  segmentOf,
  textOf,
  type WorkflowStatus,
  workflowStatusFor,
} from '#libs/contracts';
import type { OpenEpochEffect } from '../ports/effects.port.js';
import type {
  CompletedStep,
  ConversationMessage,
  MessageCheckpoint,
  OpenedWait,
  RunOutcome,
  SettledWait,
  StoredStep,
} from '../ports/run-store.port.js';
import type { RunEnd } from '../ports/workflow-stream.port.js';
import {
  type AnswerRecord,
  hookOf,
  hookSummary,
  type MemoryRecords,
  nextCommitPosition,
  type RunRecord,
  type StepRecord,
  settledSteps,
  stepSummary,
  type WorkflowRecord,
} from './memory-records.js';
import { stepOf, storeResult } from './memory-steps.js';

const eventOf = { SUCCEEDED: 'run_succeeded', FAILED: 'run_failed', CANCELED: 'run_canceled' } as const;

/** Takes the workflow's next epoch; the answers are stored as of its beginning. */
export function nextEpoch(workflow: WorkflowRecord): number {
  workflow.epoch += 1;
  workflow.cursor = cursorAt(workflow.epoch, 0);
  return workflow.epoch;
}

export function storeCheckpoint(workflow: WorkflowRecord, run: RunRecord, checkpoint: MessageCheckpoint): void {
  if (compareCursors(checkpoint.cursor, workflow.cursor) <= 0) return;
  for (const segment of checkpoint.segments) append(run.answer, segment);
  workflow.cursor = checkpoint.cursor;
}

/** Does nothing when the segment is stored already. */
function append(answer: AnswerRecord, segment: MessageSegment): void {
  if (segment.index < answer.nextIndex) return;
  answer.segments.push(structuredClone(segment));
  answer.chunks = compactChunks([...answer.chunks, ...structuredClone(segment.chunks)]);
  answer.nextIndex = segment.index + segment.count;
}

/** Stores a result with its checkpoint, and returns the step as it is then. */
export function complete(
  records: MemoryRecords,
  workflow: WorkflowRecord,
  run: RunRecord,
  { stepId, result, checkpoint }: CompletedStep,
): StepSummary {
  const step = stepOf(run, stepId);
  storeResult(records, run, step, result);
  if (checkpoint) storeCheckpoint(workflow, run, checkpoint);
  return stepSummary(run, step);
}

export function saveRevision(workflow: WorkflowRecord, run: RunRecord): void {
  const { graphRevision: revision, graph, graphIssues: issues, revisions } = workflow;
  // A run that changed nothing ends at a revision that is already stored.
  if (revisions.some((stored) => stored.revision === revision)) return;
  revisions.push({ revision, runId: run.id, graph, issues });
}

/** Sets everything that a terminal state consists of. */
export function endRun(records: MemoryRecords, run: RunRecord, outcome: RunOutcome, epoch: number): void {
  const workflow = records.workflow(run.workflowId);
  const error = outcome.status === 'FAILED' ? outcome.error : null;
  endOpenTries(records, run, 'The run ended before this attempt did.');
  for (const step of run.steps) {
    if (!['PENDING', 'RUNNING', 'RETRYING'].includes(step.status)) continue;
    step.status = 'CANCELED';
    step.finishedAt = records.clock.now();
  }
  for (const hook of run.hooks) {
    if (hook.status !== 'WAITING') continue;
    hook.status = 'CANCELED';
    records.record(run, 'hook_canceled', { hookId: hook.id, name: hook.name }, hook.stepId);
  }
  run.answer.complete = true;
  Object.assign(run, { status: outcome.status, error, epoch, heldBy: null, lostAs: null });
  run.finishedAt = records.clock.now();
  workflow.activeRunId = null;
  records.setStatus(workflow, workflowStatusFor(outcome.status));
  records.record(run, eventOf[outcome.status], error ? { epoch, error: { ...error } } : { epoch });
}

/** Closes the open parts of the answer when no worker does. */
export function closeAnswer(run: RunRecord, finishReason: 'error' | 'other'): void {
  const { chunks, nextIndex } = run.answer;
  append(run.answer, segmentOf(nextIndex + 2 * limits.attemptChunks, closingChunks(chunks, finishReason)));
}

/** Requeues a run that was in progress. */
export function loseAttempt(records: MemoryRecords, run: RunRecord, cause: AttemptLossCause): void {
  endOpenTries(records, run, attemptLossMessage(cause));
  for (const step of run.steps) {
    // A wait needs no worker, so it continues.
    if (isWait(step) || !['RUNNING', 'RETRYING'].includes(step.status)) continue;
    step.status = 'PENDING';
  }
  run.attemptsWithoutProgress = Math.max(0, run.attemptsWithoutProgress - (countsAgainstRun(cause) ? 0 : 1));
  Object.assign(run, { status: 'QUEUED', heldBy: null, lostAs: cause });
  records.setStatus(records.workflow(run.workflowId), 'GENERATING');
  const data = { epoch: run.epoch, attempt: run.attempts, cause };
  records.record(run, cause === 'HANDED_BACK' ? 'run_released' : 'attempt_lost', data);
}

function endOpenTries(records: MemoryRecords, run: RunRecord, reason: string): void {
  for (const step of run.steps) {
    if (step.status === 'SUCCEEDED') continue;
    for (const one of step.tries) {
      if (one.finishedAt !== null) continue;
      one.finishedAt = records.clock.now();
      one.error = runErrorInfo('INTERNAL', reason);
    }
  }
}

/** Every end of the workflow that may be unpublished, oldest first. */
export function unpublishedEnds(workflow: WorkflowRecord): RunEnd[] {
  return workflow.runs
    .filter((run) => !run.streamClosed && isTerminalRunStatus(run.status))
    .sort((a, b) => (a.epoch ?? 0) - (b.epoch ?? 0))
    .map((run) => endOf(run, workflow.status));
}

/** The effect that publishes what the stream may lack, in the epoch just taken for it. */
export function publishing(workflow: WorkflowRecord): OpenEpochEffect {
  const { id: workflowId, epoch, activeRunId } = workflow;
  const ends = unpublishedEnds(workflow);
  return { type: 'open-epoch', workflowId, epoch, ends, events: [], closes: activeRunId === null };
}

/** The end that a holder has just stored, with the steps that ended with it. */
export function freshEnd(run: RunRecord, completed: StepSummary | null): RunEnd {
  const end = endOf(run, workflowStatusFor(run.status));
  const canceled = run.steps.filter(({ status }) => status === 'CANCELED').map((step) => stepSummary(run, step));
  const steps = [...(completed ? [completed] : []), ...canceled].map(
    (step): AppendableEvent => ({ type: 'step', step }),
  );
  return { ...end, events: [...steps, ...end.events] };
}

function endOf(run: RunRecord, status: WorkflowStatus): RunEnd {
  const hooks = run.hooks.filter((hook) => hook.status === 'CANCELED');
  return {
    runId: run.id,
    epoch: run.epoch ?? 0,
    events: [
      ...hooks.map((hook): AppendableEvent => ({ type: 'hook', hook: hookSummary(run, hook) })),
      {
        type: 'status',
        runId: run.id,
        status,
        ...runStatusFields(run.status, run.error),
        terminal: true,
        at: run.finishedAt?.toISOString() ?? '',
      },
    ],
  };
}

function isWait({ kind }: StepRecord): boolean {
  return kind === 'HOOK' || kind === 'SLEEP';
}

/** The waits of a run that are over, in the order in which they ended. */
export function overdueWaits(records: MemoryRecords, run: RunRecord): StepRecord[] {
  const now = records.clock.now();
  return run.steps
    .flatMap((step, ordinal) => {
      if (!isWait(step) || step.status !== 'RUNNING') return [];
      const hook = hookOf(run, step.id);
      const overAt = hook?.status === 'RESOLVED' ? hook.resolvedAt : step.wakeAt;
      return overAt !== null && overAt <= now ? [{ step, overAt, ordinal }] : [];
    })
    .sort((a, b) => a.overAt.getTime() - b.overAt.getTime() || a.ordinal - b.ordinal)
    .map(({ step }) => step);
}

/**
 * Settles the waits that are over, in order. `only` restricts this to what the agent waits for, and also returns those that
 * an earlier call has settled.
 */
export function settleWaits(records: MemoryRecords, run: RunRecord, only: readonly StepId[] | null): SettledWait[] {
  const due = overdueWaits(records, run).filter(({ id }) => only === null || only.includes(id));
  for (const step of due) settleWait(records, run, step);
  if (due.length > 0) run.attemptsWithoutProgress = 0;
  const told = only ?? due.map(({ id }) => id);
  return settledSteps(run)
    .filter((step) => told.includes(step.id) && step.status !== 'RUNNING')
    .map((step) => ({ ...openedWait(run, step), stored: storedStep(step) }));
}

function settleWait(records: MemoryRecords, run: RunRecord, step: StepRecord): void {
  const hook = hookOf(run, step.id);
  const answered = hook === null || hook.status === 'RESOLVED';
  step.status = answered ? 'SUCCEEDED' : 'FAILED';
  step.output = structuredClone(hook?.payload ?? null);
  step.error = answered ? null : runErrorInfo('HOOK_EXPIRED');
  step.commitPosition = nextCommitPosition(run);
  step.finishedAt = records.clock.now();
  if (hook && !answered) {
    hook.status = 'EXPIRED';
    records.record(run, 'hook_expired', { hookId: hook.id, name: hook.name }, step.id);
  }
  if (!hook) records.record(run, 'sleep_ended', {}, step.id);
}

export function openedWait(run: RunRecord, step: StepRecord): OpenedWait {
  const hook = hookOf(run, step.id);
  return { step: stepSummary(run, step), hook: hook && hookSummary(run, hook) };
}

export function storedStep({ id, name, occurrence, kind, inputHash, output, error }: StepRecord): StoredStep {
  return { id, name, occurrence, kind, inputHash, output, error };
}

/** The newest messages before a run's prompt, oldest first. Those without text are left out. */
export function conversationBefore({ runs }: WorkflowRecord, run: RunRecord): ConversationMessage[] {
  return runs
    .slice(0, runs.indexOf(run))
    .flatMap(({ prompt, answer }): ConversationMessage[] => [
      { role: 'user', text: prompt },
      { role: 'assistant', text: textOf(answer.chunks) },
    ])
    .slice(-limits.conversationMessages)
    .filter(({ text }) => text !== '');
}
