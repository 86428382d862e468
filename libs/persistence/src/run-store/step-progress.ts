/** Starts, failures and results of steps. Each is one statement, fenced, and idempotent under the same claim. */
import type { DataSource, EntityManager } from 'typeorm';
import type { StepId, StepSummary } from '#libs/contracts';
import type {
  FailedTry,
  MessageCheckpoint,
  RunClaim,
  StartedStep,
  StepResult,
  StepStart,
  TryFailure,
} from '#libs/engine';
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
  { stepId, result }: { stepId: StepId; result: StepResult },
  start: StepStart,
): Promise<{ completed: StepSummary; started: StartedStep }> {
  const calls = [resultCall(claim, stepId, result), startCall(claim, start)];
  const [completed, started] = await callEach<[StepSummary, StartedStep]>(dataSource, ...calls);
  return { completed, started };
}

/** Stores a result once: a step that has one keeps it. With a checkpoint, the message is stored in the same statement. */
export function completeStep(
  source: DataSource | EntityManager,
  claim: RunClaim,
  stepId: StepId,
  result: StepResult,
  checkpoint: MessageCheckpoint | null,
): Promise<StepSummary> {
  const withMessage = checkpoint ? [checkpointCall(claim, checkpoint)] : [];
  return callFunctions(source, resultCall(claim, stepId, result), ...withMessage);
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

function resultCall(claim: RunClaim, stepId: StepId, { output, chunks, usage }: StepResult): FunctionCall {
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
