/** The assistant's message of a run in Postgres: rebuilt from stored steps, and stored with a cursor that never goes back. */
import { type EntityManager, IsNull, Not } from 'typeorm';
import {
  compactChunks,
  cursorParts,
  limits,
  type MessageId,
  openingChunks,
  type RunId,
  textOf,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import type { AskedStep, ConversationMessage, MessageCheckpoint, RunClaim, StoredStep } from '#libs/engine';
import { MessageEntity } from '../entities/message.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { readStreamed } from '../message-segments.js';
import { callFunctions, type FunctionCall, jsonArgument } from '../store-functions.js';
import { tablesOf } from '../table-names.js';
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
export function checkpointCall(claim: RunClaim, { segments, cursor }: MessageCheckpoint): FunctionCall {
  const { epoch, seq } = cursorParts(cursor);
  const place = { claim_workflow: claim.workflowId, claim_message: claim.messageId };
  return {
    name: 'store_checkpoint',
    args: { ...place, segments: jsonArgument(segments), at_epoch: epoch, at_seq: seq },
  };
}

export function storeCheckpoint(manager: EntityManager, claim: RunClaim, checkpoint: MessageCheckpoint): Promise<void> {
  return callFunctions(manager, checkpointCall(claim, checkpoint));
}

/**
 * The newest `limits.conversationMessages` messages before a run's prompt, oldest first, as text. Those without text are
 * left out.
 */
export async function conversationBefore(
  manager: EntityManager,
  workflowId: WorkflowId,
  runId: RunId,
): Promise<ConversationMessage[]> {
  const messages = await manager
    .createQueryBuilder(MessageEntity, 'message')
    .where({ workflowId })
    .andWhere(`message.ordinal < (SELECT min(ordinal) FROM ${tablesOf(manager).messages} WHERE run_id = :runId)`, {
      runId,
    })
    .orderBy('message.ordinal', 'DESC')
    .limit(limits.conversationMessages)
    .getMany();
  return messages
    .toReversed()
    .map(({ role, chunks }) => ({ role, text: textOf(chunks) }))
    .filter((message) => message.text !== '');
}
