/** Accepts a prompt in one transaction, after which the run exists durably. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type MessageId,
  newId,
  openingChunks,
  promptLockFor,
  type RunId,
  type UIMessageChunk,
  type WorkflowId,
  type WorkflowStatus,
} from '#libs/contracts';
import type { Committed, Effect } from '#libs/engine';
import { emptyGraph, lintGraph } from '#libs/graph';
import { IdempotencyKeyEntity } from './entities/idempotency-key.entity.js';
import { MessageEntity } from './entities/message.entity.js';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { firstTitle } from './first-title.js';
import type { SubmitPromptCommand, SubmitPromptResult } from './read-models.js';
import { appendRunEvent } from './run-history.js';
import { runView } from './run-view.js';
import { storable } from './stored-values.js';
import { inTransaction } from './transactions.js';
import { workflowView } from './views.js';
import { changeWorkflow, lockWorkflow, workflowChanged } from './workflow-lock.js';

@Injectable()
export class PromptSubmission {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Stores the workflow (when it is new), both messages, the run and the idempotency key together, or nothing at all. A
   * repeated call with the same key returns what the first one stored, or that it was deleted. Of concurrent calls for one
   * workflow, exactly one is accepted.
   */
  submit(command: SubmitPromptCommand): Promise<Committed<SubmitPromptResult>> {
    const runId = newId('run');
    return inTransaction(this.dataSource, async (manager, attempt) => {
      // The reply to an earlier COMMIT may have been lost; then this run exists already.
      if (attempt > 1 && (await manager.existsBy(RunEntity, { id: runId }))) return accepted(manager, runId, false);
      const spent = await findSpentKey(manager, command);
      if (spent) {
        if (spent.inputHash !== inputHash(command)) return refused({ kind: 'idempotency-reused' });
        return accepted(manager, spent.runId, true);
      }
      const refusal = command.workflowId === null ? null : await refusalOf(manager, command, command.workflowId);
      if (refusal) return refused(refusal);
      await storeRun(manager, command, runId);
      return accepted(manager, runId, false);
    });
  }
}

async function accepted(
  manager: EntityManager,
  runId: RunId,
  replayed: boolean,
): Promise<Committed<SubmitPromptResult>> {
  const run = await manager.findOneBy(RunEntity, { id: runId });
  const workflow = run && (await manager.findOneBy(WorkflowEntity, { id: run.workflowId }));
  if (!workflow) return refused({ kind: 'deleted' });
  const dispatch: Effect = { type: 'dispatch-run', runId, attempts: run.attempts };
  return {
    result: { kind: 'accepted', workflow: workflowView(workflow), run: runView(run), replayed },
    // A run that has begun was delivered already: another delivery would fence its worker, or open an epoch over a wait.
    effects: [workflowChanged(run), ...(run.status === 'QUEUED' ? [dispatch] : [])],
  };
}

function refused(result: SubmitPromptResult): Committed<SubmitPromptResult> {
  return { result, effects: [] };
}

/**
 * Hash of what the client asked for. The model is left out, because the server chooses it. Without a time zone the hash is
 * the same as in versions that had none, so that their keys are still recognised.
 */
function inputHash({ workflowId, prompt, agent, timeZone }: SubmitPromptCommand): string {
  return createHash('sha256')
    .update(JSON.stringify([workflowId, prompt, agent, ...(timeZone === null ? [] : [timeZone])]))
    .digest('hex');
}

/** Serialises submissions with the same key, and returns what an earlier one stored. */
async function findSpentKey(
  manager: EntityManager,
  { ownerId, idempotencyKey }: SubmitPromptCommand,
): Promise<IdempotencyKeyEntity | null> {
  if (idempotencyKey === null) return null;
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['idempotency', ownerId, idempotencyKey]),
  ]);
  return manager.findOneBy(IdempotencyKeyEntity, { ownerId, key: idempotencyKey });
}

/** Locks the workflow. Returns why it accepts no prompt, or `null` when it does. */
async function refusalOf(
  manager: EntityManager,
  { ownerId, agent }: SubmitPromptCommand,
  workflowId: WorkflowId,
): Promise<SubmitPromptResult | null> {
  const workflow = await lockWorkflow(manager, { id: workflowId, ownerId });
  if (!workflow) return { kind: 'not-found' };
  if (workflow.agent !== agent) return { kind: 'agent-mismatch', agent: workflow.agent };
  if (promptLockFor(workflow.status)) return { kind: 'locked', status: workflow.status };
  return null;
}

async function storeRun(manager: EntityManager, command: SubmitPromptCommand, runId: RunId): Promise<void> {
  const { ownerId, prompt, agent, model, timeZone } = command;
  const workflowId = command.workflowId ?? newId('workflow');
  const status: WorkflowStatus = 'IDLE';
  if (command.workflowId === null) {
    await manager.insert(WorkflowEntity, {
      id: workflowId,
      ownerId,
      title: firstTitle(prompt),
      titleIsOwn: false,
      agent,
      status,
      epoch: 0,
      cursorEpoch: 0,
      cursorSeq: 0,
      graph: storable(emptyGraph()),
      graphIssues: storable(lintGraph(emptyGraph())),
      graphRevision: 0,
    });
  }
  await manager.insert(RunEntity, {
    id: runId,
    workflowId,
    ownerId,
    agent,
    status: 'QUEUED',
    prompt,
    model,
    timeZone,
    attempts: 0,
    attemptsWithoutProgress: 0,
    streamClosed: false,
  });
  await changeWorkflow(manager, { id: workflowId, status }, { status: 'GENERATING', activeRunId: runId });
  const place = { runId, workflowId, ownerId };
  const question = newId('message');
  await insertMessage(manager, place, question, 'user', textChunks(question, prompt));
  const answer = newId('message');
  await insertMessage(manager, place, answer, 'assistant', openingChunks(answer));
  if (command.idempotencyKey !== null) {
    await manager.insert(IdempotencyKeyEntity, {
      ownerId,
      key: command.idempotencyKey,
      inputHash: inputHash(command),
      workflowId,
      runId,
    });
  }
  await appendRunEvent(manager, place, 'run_created', { agent, model });
}

async function insertMessage(
  manager: EntityManager,
  place: Pick<MessageEntity, 'runId' | 'workflowId' | 'ownerId'>,
  id: MessageId,
  role: MessageEntity['role'],
  chunks: UIMessageChunk[],
): Promise<void> {
  await manager.insert(MessageEntity, { ...place, id, role, chunks: storable(chunks), complete: role === 'user' });
}

/** A finished message with a single text part. */
function textChunks(messageId: MessageId, text: string): UIMessageChunk[] {
  return [
    { type: 'start', messageId },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: text },
    { type: 'text-end', id: '0' },
    { type: 'finish' },
  ];
}
