/** Mutations on workflows: check the input, make one call, map its result. */
import { Args, Info, Mutation, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { isId, promptLockFor, type WorkflowStatus } from '#libs/contracts';
import { type SubmitPromptResult, WorkflowEditing } from '#libs/persistence';
import { WorkflowChanges } from '#libs/stream';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { type UserErrorObject, userError } from '../graphql/user-error.type.js';
import { presentRun } from '../runs/run.presenter.js';
import { PromptSubmitting } from './prompt-submitting.js';
import { cleanSubmission, cleanTitle } from './prompt-text.js';
import { WorkflowObject } from './workflow.type.js';
import { WorkflowDeleting } from './workflow-deleting.js';
import { WorkflowLoading } from './workflow-loading.service.js';
import {
  DeleteWorkflowInput,
  DeleteWorkflowPayload,
  RenameWorkflowInput,
  RenameWorkflowPayload,
  SubmitPromptInput,
  SubmitPromptPayload,
} from './workflow-mutations.type.js';

const noSuchWorkflow = 'Workflow not found, or it isn’t yours.';

@Resolver(() => WorkflowObject)
export class WorkflowMutationsResolver {
  constructor(
    private readonly submitting: PromptSubmitting,
    private readonly editing: WorkflowEditing,
    private readonly deleting: WorkflowDeleting,
    private readonly loading: WorkflowLoading,
    private readonly changes: WorkflowChanges,
  ) {}

  @Mutation(() => SubmitPromptPayload, {
    description:
      'Stores a prompt and starts a run that answers it. Returns as soon as both are stored, without waiting for a model. A second prompt while a run is going on is refused with CONFLICT.',
  })
  async submitPrompt(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => SubmitPromptInput, description: 'The prompt and where it goes.' })
    input: SubmitPromptInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SubmitPromptPayload> {
    const submission = cleanSubmission(input);
    if (submission.kind === 'refused') return { workflow: null, run: null, userErrors: submission.errors };
    const workflowId = input.workflowId ?? null;
    if (workflowId !== null && !isId('workflow', workflowId)) return refusedSubmit({ kind: 'not-found' });
    const result = await this.submitting.submit(viewer.userId, workflowId, submission.value);
    if (result.kind !== 'accepted') return refusedSubmit(result);
    const { workflow, run } = result;
    return {
      workflow: await this.loading.selectedRow(viewer.userId, workflow, info, ['workflow']),
      run: presentRun(run),
      userErrors: [],
    };
  }

  @Mutation(() => RenameWorkflowPayload, { description: 'Gives a workflow another title.' })
  async renameWorkflow(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => RenameWorkflowInput, description: 'The workflow and its new title.' })
    input: RenameWorkflowInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RenameWorkflowPayload> {
    const title = cleanTitle(input.title);
    if (title.kind === 'refused') return { workflow: null, userErrors: title.errors };
    const id = input.workflowId;
    const result = isId('workflow', id)
      ? await this.editing.renameWorkflow(viewer.userId, id, title.value)
      : { kind: 'not-found' as const };
    if (result.kind === 'not-found') return { workflow: null, userErrors: [notFound(['input', 'workflowId'])] };
    this.changes.announce(viewer.userId, { workflowId: result.workflow.id, deleted: false });
    return {
      workflow: await this.loading.selectedRow(viewer.userId, result.workflow, info, ['workflow']),
      userErrors: [],
    };
  }

  @Mutation(() => DeleteWorkflowPayload, {
    description: 'Deletes a workflow with its conversation, runs and graph. Refused with CONFLICT while a run goes on.',
  })
  async deleteWorkflow(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => DeleteWorkflowInput, description: 'The workflow to delete.' })
    input: DeleteWorkflowInput,
  ): Promise<DeleteWorkflowPayload> {
    const id = input.workflowId;
    if (!isId('workflow', id)) return { deletedWorkflowId: null, userErrors: [notFound(['input', 'workflowId'])] };
    const result = await this.deleting.delete(viewer.userId, id);
    switch (result.kind) {
      case 'deleted':
        this.changes.announce(viewer.userId, { workflowId: id, deleted: true });
        return { deletedWorkflowId: id, userErrors: [] };
      case 'not-found':
        return { deletedWorkflowId: null, userErrors: [notFound(['input', 'workflowId'])] };
      case 'locked':
        return {
          deletedWorkflowId: null,
          userErrors: [userError('CONFLICT', 'A run is still going. Stop it before you delete the workflow.')],
        };
    }
  }
}

function notFound(field: string[]): UserErrorObject {
  return userError('NOT_FOUND', noSuchWorkflow, field);
}

function lockedMessage(status: WorkflowStatus): string {
  return promptLockFor(status)?.message ?? 'The workflow changed in the meantime. Try again.';
}

function refusedSubmit(result: Exclude<SubmitPromptResult, { kind: 'accepted' }>): SubmitPromptPayload {
  return { workflow: null, run: null, userErrors: [submitError(result)] };
}

function submitError(result: Exclude<SubmitPromptResult, { kind: 'accepted' }>): UserErrorObject {
  switch (result.kind) {
    case 'not-found':
      return notFound(['input', 'workflowId']);
    case 'locked':
      return userError('CONFLICT', lockedMessage(result.status));
    case 'agent-mismatch':
      return userError('VALIDATION', `This workflow is answered by the agent ${result.agent}.`, ['input', 'agent']);
    case 'deleted':
      return userError('NOT_FOUND', 'What this prompt started was deleted in the meantime.', [
        'input',
        'idempotencyKey',
      ]);
    case 'idempotency-reused':
      return userError('IDEMPOTENCY_REUSED', 'This idempotency key was used before with another input.', [
        'input',
        'idempotencyKey',
      ]);
  }
}
