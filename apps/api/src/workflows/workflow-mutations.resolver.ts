/** Mutations on workflows: each checks the input, makes one call and maps its result. */
import { Inject, Logger } from '@nestjs/common';
import { Args, Info, Mutation, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { isId, promptLockFor } from '#libs/contracts';
import { EffectPerformer } from '#libs/effects';
import { PromptSubmission, type SubmitPromptResult, WorkflowEditing } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { refusal } from '../graphql/user-error.type.js';
import { presentRun } from '../runs/run.presenter.js';
import { cleanSubmission, cleanTitle } from './prompt-text.js';
import { WorkflowObject } from './workflow.type.js';
import { WorkflowLoading } from './workflow-loading.service.js';
import {
  DeleteWorkflowInput,
  DeleteWorkflowPayload,
  RenameWorkflowInput,
  RenameWorkflowPayload,
  SubmitPromptInput,
  SubmitPromptPayload,
} from './workflow-mutations.type.js';

@Resolver(() => WorkflowObject)
export class WorkflowMutationsResolver {
  private readonly logger = new Logger(WorkflowMutationsResolver.name);

  constructor(
    private readonly submission: PromptSubmission,
    private readonly editing: WorkflowEditing,
    private readonly effects: EffectPerformer,
    private readonly loading: WorkflowLoading,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  @Mutation(() => SubmitPromptPayload, {
    description:
      'Stores a prompt and starts a run that answers it. Returns as soon as both are stored, without waiting for a model. While a run is active, a second prompt is refused with CONFLICT.',
  })
  async submitPrompt(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => SubmitPromptInput, description: 'The prompt and where it goes.' })
    input: SubmitPromptInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SubmitPromptPayload> {
    const submission = cleanSubmission(input);
    if (submission.kind === 'refused') return { userErrors: submission.errors };
    const workflowId = input.workflowId ?? null;
    if (workflowId !== null && !isId('workflow', workflowId)) return notFound();
    const { model } = this.environment;
    const command = { ownerId: viewer.userId, workflowId, ...submission.value, model };
    const result = await this.effects.after(this.submission.submit(command));
    if (result.kind !== 'accepted') return refusedSubmit(result);
    const { workflow, run, replayed } = result;
    this.logger.log({ msg: 'prompt accepted', workflowId: workflow.id, runId: run.id, replayed });
    return {
      workflow: await this.loading.selectedRow(viewer.userId, workflow, info, ['workflow']),
      run: presentRun(run),
      userErrors: [],
    };
  }

  @Mutation(() => RenameWorkflowPayload, { description: 'Renames a workflow.' })
  async renameWorkflow(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => RenameWorkflowInput, description: 'The workflow and its new title.' })
    input: RenameWorkflowInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RenameWorkflowPayload> {
    const title = cleanTitle(input.title);
    if (title.kind === 'refused') return { userErrors: title.errors };
    const id = input.workflowId;
    const result = isId('workflow', id)
      ? await this.effects.after(this.editing.renameWorkflow(viewer.userId, id, title.value))
      : { kind: 'not-found' as const };
    if (result.kind === 'not-found') return notFound();
    return {
      workflow: await this.loading.selectedRow(viewer.userId, result.workflow, info, ['workflow']),
      userErrors: [],
    };
  }

  @Mutation(() => DeleteWorkflowPayload, {
    description:
      'Deletes a workflow with its conversation, runs and graph. Refused with CONFLICT while a run is active.',
  })
  async deleteWorkflow(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => DeleteWorkflowInput, description: 'The workflow to delete.' })
    input: DeleteWorkflowInput,
  ): Promise<DeleteWorkflowPayload> {
    const id = input.workflowId;
    if (!isId('workflow', id)) return notFound();
    const result = await this.effects.after(this.editing.deleteWorkflow(viewer.userId, id));
    switch (result.kind) {
      case 'deleted':
        this.logger.log({ msg: 'workflow deleted', workflowId: id });
        return { deletedWorkflowId: id, userErrors: [] };
      case 'not-found':
        return notFound();
      case 'locked':
        return refusal('CONFLICT', 'A run is still going. Stop it before you delete the workflow.');
    }
  }
}

function notFound() {
  return refusal('NOT_FOUND', 'Workflow not found, or it isn’t yours.', ['input', 'workflowId']);
}

function refusedSubmit(result: Exclude<SubmitPromptResult, { kind: 'accepted' }>): SubmitPromptPayload {
  switch (result.kind) {
    case 'not-found':
      return notFound();
    case 'locked':
      return refusal(
        'CONFLICT',
        promptLockFor(result.status)?.message ?? 'The workflow changed in the meantime. Try again.',
      );
    case 'agent-mismatch':
      return refusal('VALIDATION', `This workflow is answered by the agent ${result.agent}.`, ['input', 'agent']);
    case 'deleted':
      return refusal('NOT_FOUND', 'What this prompt started was deleted in the meantime.', ['input', 'idempotencyKey']);
    case 'idempotency-reused':
      return refusal('IDEMPOTENCY_REUSED', 'This idempotency key was used before with another input.', [
        'input',
        'idempotencyKey',
      ]);
  }
}
