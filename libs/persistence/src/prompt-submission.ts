/** Accepts a prompt in one statement, after which the run exists durably. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type MessageId,
  newId,
  openingChunks,
  type RunId,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import type { Committed, Effect } from '#libs/engine';
import { emptyGraph, lintGraph } from '#libs/graph';
import { RunEntity } from './entities/run.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { firstTitle } from './first-title.js';
import type { SubmitPromptCommand, SubmitPromptResult } from './read-models.js';
import { callFunctions, type FunctionCall, jsonArgument } from './store-functions.js';
import { escapeText } from './stored-values.js';
import { trying } from './transactions.js';
import { runView, workflowView } from './views.js';
import { workflowChanged } from './workflow-lock.js';

@Injectable()
export class PromptSubmission {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Stores the workflow (when it is new), both messages, the run and the idempotency key together, or nothing at all. A
   * repeated call with the same key returns what the first one stored, or that it was deleted. Of concurrent calls for one
   * workflow, exactly one is accepted.
   */
  async submit(command: SubmitPromptCommand): Promise<Committed<Promise<SubmitPromptResult>>> {
    const call: FunctionCall = { name: 'submit_prompt', args: submitArguments(command) };
    let tries = 0;
    const submitted = await trying((attempt) => {
      tries = attempt;
      return callFunctions<Submitted>(this.dataSource, call);
    });
    if (submitted.kind !== 'accepted') return { result: Promise.resolve(submitted), effects: [] };
    const result = trying(() => accepted(this.dataSource.manager, submitted));
    // An earlier try whose reply was lost may have stored the run, and it may have been delivered since.
    if (submitted.replayed || tries > 1) return { result, effects: effectsOfReplay(await result) };
    // A new run is delivered while the rows for the answer are read.
    const { workflowId, runId } = submitted;
    const dispatch: Effect = { type: 'dispatch-run', runId, attempts: 0 };
    return { result, effects: [workflowChanged({ ownerId: command.ownerId, workflowId }), dispatch] };
  }
}

/** What the database answers to a submission. */
type Submitted =
  | { kind: 'accepted'; workflowId: WorkflowId; runId: RunId; replayed: boolean }
  | Exclude<SubmitPromptResult, { kind: 'accepted' }>;

/** Reads both rows in one statement, so that the answer shows one moment. */
async function accepted(
  manager: EntityManager,
  { workflowId, runId, replayed }: Extract<Submitted, { kind: 'accepted' }>,
): Promise<SubmitPromptResult> {
  const run = (await manager
    .createQueryBuilder(RunEntity, 'run')
    .innerJoinAndMapOne('run.workflow', WorkflowEntity, 'workflow', 'workflow.id = run.workflowId')
    .where({ id: runId, workflowId })
    .getOne()) as (RunEntity & { workflow: WorkflowEntity }) | null;
  if (!run) return { kind: 'deleted' };
  return { kind: 'accepted', workflow: workflowView(run.workflow), run: runView(run), replayed };
}

/** A run that has begun was delivered already: another delivery would fence its worker, or open an epoch over a wait. */
function effectsOfReplay(result: SubmitPromptResult): Effect[] {
  if (result.kind !== 'accepted') return [];
  const { id: runId, status, attempts, workflowId } = result.run;
  const changed = workflowChanged({ ownerId: result.workflow.ownerId, workflowId });
  return status === 'QUEUED' ? [changed, { type: 'dispatch-run', runId, attempts }] : [changed];
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

function submitArguments(command: SubmitPromptCommand): FunctionCall['args'] {
  const { ownerId, workflowId, prompt, agent, model, timeZone, idempotencyKey } = command;
  const [run, question, answer] = [newId('run'), newId('message'), newId('message')];
  return {
    of_owner: ownerId,
    of_workflow: workflowId,
    new_workflow: newId('workflow'),
    new_run: run,
    agent_name: agent,
    prompt_text: escapeText(prompt),
    model_name: model,
    zone: timeZone,
    first_title: escapeText(firstTitle(prompt)),
    first_graph: jsonArgument(emptyGraph()),
    first_issues: jsonArgument(lintGraph(emptyGraph())),
    question,
    question_chunks: jsonArgument(textChunks(question, prompt)),
    answer,
    answer_chunks: jsonArgument(openingChunks(answer)),
    submit_key: idempotencyKey === null ? null : escapeText(idempotencyKey),
    // Submissions with the same key wait for each other, as do repeated calls of this one.
    submit_lock: JSON.stringify(
      idempotencyKey === null ? ['submission', run] : ['idempotency', ownerId, idempotencyKey],
    ),
    submit_hash: inputHash(command),
  };
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
