/** Starts, failures and results of steps. Each is one statement, fenced, and idempotent under the same claim. */
import type { DataSource, EntityManager } from 'typeorm';
import type { StepId, StepSummary } from '#libs/contracts';
import type { CompletedStep, FailedTry, RunClaim, StartedStep, StepStart, TryFailure } from '#libs/engine';
import { shownValue } from '../shown-value.js';
import { callEach, callFunctions, type FunctionCall, fence, jsonArgument } from '../store-functions.js';
import { escapeText } from '../stored-values.js';
import { checkpointCall } from './stored-message.js';

export function startStep(dataSource: DataSource, claim: RunClaim, start: StepStart): Promise<StartedStep> {
  return callFunctions(dataSource, startCall(claim, start));
}

/** Stores a result and starts another step. */
export async function completeAndStartStep(
  dataSource: DataSource,
  claim: RunClaim,
  last: CompletedStep,
  start: StepStart,
): Promise<{ completed: StepSummary; started: StartedStep }> {
  const calls = [startCall(claim, start), ...messageCalls(claim, last)];
  const [completed, started] = await callEach<[StepSummary, StartedStep]>(
    dataSource,
    resultCall(claim, last),
    ...calls,
  );
  return { completed, started };
}

/** The agent is done; stores its last result before, if it is not stored yet. */
export async function beginCompleting(
  dataSource: DataSource,
  claim: RunClaim,
  last: CompletedStep | null,
): Promise<{ since: string; completed: StepSummary | null }> {
  const begin: FunctionCall = { name: 'begin_completing', args: fence(claim) };
  if (!last) return { since: await callFunctions<string>(dataSource, begin), completed: null };
  const calls = [begin, ...messageCalls(claim, last)];
  const [completed, since] = await callEach<[StepSummary, string]>(dataSource, resultCall(claim, last), ...calls);
  return { since, completed };
}

/** Stores a result once: a step that has one keeps it. With a checkpoint, the message is stored in the same statement. */
export function completeStep(
  source: DataSource | EntityManager,
  claim: RunClaim,
  completed: CompletedStep,
): Promise<StepSummary> {
  return callFunctions(source, resultCall(claim, completed), ...messageCalls(claim, completed));
}

export function failStepTry(
  dataSource: DataSource,
  claim: RunClaim,
  stepId: StepId,
  { error, retryInMs, chunks = [], usage }: TryFailure,
): Promise<FailedTry> {
  return callFunctions(dataSource, {
    name: 'fail_step_try',
    args: {
      ...fence(claim),
      of_step: stepId,
      try_error: jsonArgument(error),
      retry_in_ms: retryInMs,
      step_chunks: jsonArgument(chunks),
      try_usage: jsonArgument(usage),
    },
  });
}

function startCall(claim: RunClaim, start: StepStart): FunctionCall {
  return {
    name: 'start_step',
    args: {
      ...fence(claim),
      claim_owner: claim.ownerId,
      step_name: escapeText(start.name),
      step_occurrence: start.occurrence,
      step_kind: start.kind,
      step_input: jsonArgument(shownValue(start.input)),
      step_input_hash: start.inputHash,
      step_asked_after: start.askedAfter ?? null,
      pause_is_over: start.pauseIsOver ?? false,
    },
  };
}

/** To be called after the result, which fences. */
function messageCalls(claim: RunClaim, { checkpoint }: CompletedStep): FunctionCall[] {
  return checkpoint ? [checkpointCall(claim, checkpoint)] : [];
}

function resultCall(claim: RunClaim, { stepId, result: { output, chunks, usage } }: CompletedStep): FunctionCall {
  return {
    name: 'complete_step',
    args: {
      ...fence(claim),
      of_step: stepId,
      step_output: jsonArgument(output),
      step_chunks: jsonArgument(chunks),
      try_usage: jsonArgument(usage),
    },
  };
}
