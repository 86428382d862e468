import type { HookEvent, StepSummary, Usage } from '#libs/contracts';
import type { HookView, RunEventView, RunView, StepAttemptView, StepView } from '#libs/persistence';
import type { HookObject } from './hook.type.js';
import type { RunObject } from './run.type.js';
import type { RunEventObject } from './run-event.type.js';
import type { StepAttemptObject, StepObject } from './step.type.js';

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
  return { ...step, usage: presentUsage(step.usage) };
}

export function presentStep({ input, output, ...step }: StepView): StepObject {
  return { ...presentStepSummary(step), stored: { input, output } };
}

export function presentStepAttempt(attempt: StepAttemptView): StepAttemptObject {
  return { ...withInstants(attempt), epoch: String(attempt.epoch), usage: presentUsage(attempt.usage) };
}

export function presentRunEvent(event: RunEventView): RunEventObject {
  return withInstants(event);
}

export function presentHook({ schema, payload, tokenHash: _, ...hook }: HookView): HookObject {
  return { ...presentHookEvent(withInstants(hook)), stored: { schema, payload } };
}

/** A hook as the stream carries it: schema and payload are read on request. */
export function presentHookEvent({ resolvedBy, ...hook }: HookEvent['hook']): HookObject {
  return { ...hook, resolvedById: resolvedBy };
}
