/** The assistant's message of a run in Postgres: rebuilt from stored steps, and stored with a cursor that never goes back. */
import { type DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import {
  compactChunks,
  cursorParts,
  limits,
  type MessageId,
  openingChunks,
  type RunId,
  textOf,
  type UIMessageChunk,
} from '#libs/contracts';
import {
  type AskedStep,
  type ConversationMessage,
  type MessageCheckpoint,
  type RunClaim,
  type StoredStep,
} from '#libs/engine';
import type { MessageEntity } from '../entities/message.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { readStreamed } from '../message-segments.js';
import { callFunctions, type FunctionCall, fence, jsonArgument } from '../store-functions.js';
import { json } from '../views.js';

/** Settled steps in commit order, and the message that they add up to. */
export async function rebuildMessage(
  manager: EntityManager,
  runId: RunId,
  messageId: MessageId,
): Promise<{ steps: StoredStep[]; chunks: UIMessageChunk[] }> {
  const rows = await manager
    .createQueryBuilder(StepEntity, 'step')
    .addSelect('step.chunks')
    .where({ runId, commitPosition: Not(IsNull()) })
    .orderBy('step.commitPosition', 'ASC')
    .getMany();
  return {
    steps: rows.map(({ id, name, occurrence, kind, inputHash, output, error }) => {
      return { id, name, occurrence, kind, inputHash, output: json(output), error };
    }),
    chunks: compactChunks([...openingChunks(messageId), ...(await addedBy(manager, messageId, rows))]),
  };
}

/** What steps added to the message, in their order. */
async function addedBy(
  manager: EntityManager,
  messageId: MessageId,
  steps: readonly Pick<StepEntity, 'chunks'>[],
): Promise<UIMessageChunk[]> {
  const ranges = steps.flatMap(({ chunks }) => (Array.isArray(chunks) ? [] : [chunks]));
  const streamed = (await readStreamed(manager, messageId, ranges)).values();
  return steps.flatMap(({ chunks }) => (Array.isArray(chunks) ? chunks : (streamed.next().value ?? [])));
}

/** The steps that attempts so far have asked for, finished or not. */
export async function askedSteps(manager: EntityManager, runId: RunId): Promise<AskedStep[]> {
  const rows = await manager.find(StepEntity, {
    select: { id: true, name: true, occurrence: true, askedAfter: true },
    where: { runId },
  });
  return rows.flatMap(({ name, occurrence, askedAfter: after }) =>
    after === null ? [] : [{ name, occurrence, after }],
  );
}

/**
 * Appends what the message has got since the last checkpoint, together with its cursor. The workflow must be locked. Does
 * nothing when this cursor or a later one is already stored.
 */
export function checkpointCall(claim: RunClaim, checkpoint: MessageCheckpoint): FunctionCall {
  const place = { claim_workflow: claim.workflowId, claim_message: claim.messageId };
  return { name: 'store_checkpoint', args: { ...place, ...checkpointArguments(checkpoint) } };
}

/** The arguments by which a function stores a checkpoint. */
export function checkpointArguments(checkpoint: MessageCheckpoint | null): FunctionCall['args'] {
  if (!checkpoint) return { segments: null, at_epoch: null, at_seq: null };
  const { epoch, seq } = cursorParts(checkpoint.cursor);
  return { segments: jsonArgument(checkpoint.segments), at_epoch: epoch, at_seq: seq };
}

export function storeCheckpoint(manager: EntityManager, claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
  return callFunctions(manager, checkpointCall(claim, checkpoint));
}

/** The same in one statement, which also locks the workflow and checks the claim. Does nothing once the run has ended. */
export function checkpointClaimed(source: DataSource, claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
  const args = { ...fence(claim), claim_message: claim.messageId, ...checkpointArguments(checkpoint) };
  return callFunctions(source, { name: 'checkpoint_claimed', args });
}

/** What was said before a run's prompt, as `conversation_before` tells it: the newest messages, oldest first. */
export type SaidBefore = Pick<MessageEntity, 'role' | 'chunks'>[];

/** Reads it in the statement that claims the run. Earlier messages do not change while the run is queued or held. */
export function saidBefore(runId: RunId): FunctionCall {
  return { name: 'conversation_before', args: { of_run: runId, at_most: limits.conversationMessages } };
}

/** As text; messages without text are left out. */
export function conversationOf(said: SaidBefore): ConversationMessage[] {
  return said.map(({ role, chunks }) => ({ role, text: textOf(chunks) })).filter(({ text }) => text !== '');
}
