/** Ends a run under a claim: decided by one compare-and-set, stored in one statement. */
import type { DataSource } from 'typeorm';
import type { StepSummary } from '#libs/contracts';
import type { CompletedStep, FinalMessage, RunClaim, RunEnd, RunOutcome } from '#libs/engine';
import { endArguments } from '../run-ending.js';
import { callFunctions, fence, jsonArgument } from '../store-functions.js';
import { escapeText } from '../stored-values.js';
import { type EndedRun, freshEnd } from '../terminal-events.js';
import { checkpointArguments } from './stored-message.js';

export async function finishRun(
  dataSource: DataSource,
  claim: RunClaim,
  outcome: RunOutcome,
  message: FinalMessage | null,
  last: CompletedStep | null,
): Promise<RunEnd | null> {
  const { title, saveRevision } = outcome.status === 'SUCCEEDED' ? outcome : { title: null, saveRevision: false };
  const args = {
    ...fence(claim),
    ...endArguments(outcome),
    own_title: title === null ? null : escapeText(title),
    save_revision: saveRevision,
    failed_steps: outcome.status === 'FAILED' ? (outcome.failedStepIds ?? []) : [],
    last_step: last?.stepId ?? null,
    last_output: last && jsonArgument(last.result.output),
    last_chunks: last && jsonArgument(last.result.chunks),
    last_usage: last && jsonArgument(last.result.usage),
    claim_message: claim.messageId,
    message_chunks: message && jsonArgument(message.chunks),
    ...checkpointArguments(message),
  };
  const ended = await callFunctions<(EndedRun & { completed: StepSummary | null }) | null>(dataSource, {
    name: 'finish_run',
    args,
  });
  return ended && freshEnd(ended, ended.completed);
}
