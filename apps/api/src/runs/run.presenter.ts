import type { HookEvent, StepSummary, Usage } from '#libs/contracts';
import type { HookView, RunView, StepAttemptView, StepView } from '#libs/persistence';
import type { HookObject } from './hook.type.js';
import type { RunObject } from './run.type.js';
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

export function presentRun(run: RunView): RunObject {
  return { ...run, usage: presentUsage(run.usage) };
}

/** A step as the stream carries it: input and output are read on request. */
export function presentStepSummary(step: StepSummary): StepObject {
  return { ...step, usage: presentUsage(step.usage) };
}

export function presentStep({ input, output, ...step }: StepView): StepObject {
  return { ...presentStepSummary(step), stored: { input, output } };
}

export function presentStepAttempt(attempt: StepAttemptView): StepAttemptObject {
  return { ...attempt, epoch: String(attempt.epoch), usage: presentUsage(attempt.usage) };
}

export function presentHook({ schema, payload, tokenHash: _, ...hook }: HookView): HookObject {
  return { ...presentHookEvent(hook), stored: { schema, payload } };
}

type AskedHook = HookEvent['hook'] | Omit<HookView, 'schema' | 'payload' | 'tokenHash'>;

/** A hook as the stream carries it: schema and payload are read on request. */
export function presentHookEvent({ resolvedBy, ...hook }: AskedHook): HookObject {
  return { ...hook, resolvedById: resolvedBy };
}
