import type { HookEvent, StepSummary, Usage } from '#libs/contracts';
import type { HookView, RunEventView, RunView, StepAttemptView, StepView } from '#libs/persistence';
import type { HookObject } from './hook.type.js';
import type { RunObject } from './run.type.js';
import type { RunEventObject } from './run-event.type.js';
import type { StepAttemptObject, StepObject } from './step.type.js';

export function instant(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

/** The largest `Int` of GraphQL. */
const MAX_INT = 2 ** 31 - 1;

/**
 * Model servers report arbitrary values, and sums grow. A value that is not a valid token count must not keep the whole run
 * from being shown.
 */
function presentUsage(usage: Usage | null): Usage | null {
  if (usage === null) return null;
  const tokens = (told: number): number => Math.min(MAX_INT, Math.max(0, Math.round(told) || 0));
  const { inputTokens, outputTokens, reasoningTokens } = usage;
  return {
    inputTokens: tokens(inputTokens),
    outputTokens: tokens(outputTokens),
    reasoningTokens: reasoningTokens === null ? null : tokens(reasoningTokens),
  };
}

/** The columns of a row, with dates as text. */
type Presented<T> = { [K in keyof T]: Date extends T[K] ? string | Exclude<T[K], Date> : T[K] };

function withInstants<T extends object>(row: T): Presented<T> {
  const fields = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : value,
  ]);
  return Object.fromEntries(fields) as Presented<T>;
}

export function presentRun(run: RunView): RunObject {
  return { ...withInstants(run), usage: presentUsage(run.usage) };
}

/** A step as the stream carries it: input and output are read on request. */
export function presentStepSummary(step: StepSummary): StepObject {
  return {
    id: step.id,
    name: step.name,
    kind: step.kind,
    status: step.status,
    error: step.error,
    usage: presentUsage(step.usage),
    startedAt: step.startedAt,
    finishedAt: step.finishedAt,
    runId: step.runId,
  };
}

export function presentStep(step: StepView): StepObject {
  return { ...presentStepSummary(step), stored: { input: step.input, output: step.output } };
}

export function presentStepAttempt(attempt: StepAttemptView): StepAttemptObject {
  return {
    number: attempt.number,
    epoch: String(attempt.epoch),
    startedAt: attempt.startedAt.toISOString(),
    finishedAt: instant(attempt.finishedAt),
    error: attempt.error,
    nextRetryAt: instant(attempt.nextRetryAt),
    usage: presentUsage(attempt.usage),
  };
}

export function presentRunEvent(event: RunEventView): RunEventObject {
  return { id: event.id, type: event.type, at: event.at.toISOString(), data: event.data, stepId: event.stepId };
}

export function presentHook(hook: HookView): HookObject {
  return {
    id: hook.id,
    name: hook.name,
    status: hook.status,
    title: hook.title,
    resolvedAt: instant(hook.resolvedAt),
    expiresAt: instant(hook.expiresAt),
    runId: hook.runId,
    resolvedById: hook.resolvedBy,
    stored: { schema: hook.schema, payload: hook.payload },
  };
}

/** A hook as the stream carries it: schema and payload are read on request. */
export function presentHookEvent(hook: HookEvent['hook']): HookObject {
  return {
    id: hook.id,
    name: hook.name,
    status: hook.status,
    title: hook.title,
    resolvedAt: hook.resolvedAt,
    expiresAt: hook.expiresAt,
    runId: hook.runId,
    resolvedById: hook.resolvedBy,
  };
}
