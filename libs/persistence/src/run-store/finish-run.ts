/** Ends a run under a claim: decided by one compare-and-set, stored in one transaction. */
import type { EntityManager } from 'typeorm';
import type { MessageCheckpoint, RunClaim, RunEnd, RunOutcome } from '#libs/engine';
import { readAnswer, replaceMessage } from '../message-segments.js';
import { endArguments } from '../run-ending.js';
import { callFunctions, fence } from '../store-functions.js';
import { escapeText } from '../stored-values.js';
import { type EndedRun, freshEnd } from '../terminal-events.js';
import { storeCheckpoint } from './stored-message.js';

export async function finishRun(
  manager: EntityManager,
  claim: RunClaim,
  outcome: RunOutcome,
  checkpoint: MessageCheckpoint | null,
): Promise<RunEnd | null> {
  const { title, saveRevision } = outcome.status === 'SUCCEEDED' ? outcome : { title: null, saveRevision: false };
  const args = {
    ...fence(claim),
    ...endArguments(outcome),
    own_title: title === null ? null : escapeText(title),
    save_revision: saveRevision,
    failed_steps: outcome.status === 'FAILED' ? (outcome.failedStepIds ?? []) : [],
  };
  const ended = await callFunctions<EndedRun | null>(manager, { name: 'finish_run', args });
  if (!ended) return null;
  if (checkpoint) await storeCheckpoint(manager, claim, checkpoint);
  const answer = await readAnswer(manager, claim.runId);
  await replaceMessage(manager, answer, answer.chunks);
  return freshEnd(ended);
}
