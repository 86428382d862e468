import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { DEFAULT_AGENT, limits } from '#libs/contracts';
import { UserErrorObject } from '../graphql/user-error.type.js';
import { RunObject } from '../runs/run.type.js';
import { WorkflowObject } from './workflow.type.js';

@InputType('SubmitPromptInput', { description: 'A prompt and where it goes.' })
export class SubmitPromptInput {
  @Field(() => ID, { nullable: true, description: 'The workflow to continue; null or absent for a new one.' })
  workflowId?: string | null;

  @Field(() => String, {
    description: `What to build, in words. At most ${limits.promptChars} characters; control characters are removed.`,
  })
  prompt: string;

  @Field(() => String, { nullable: true, defaultValue: DEFAULT_AGENT, description: 'The agent to use.' })
  agent?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `Any text of at most ${limits.idempotencyKeyChars} characters. Repeating a key with the same input starts nothing new and returns the first result; with other input it is refused. Keys are kept for at least ${limits.idempotencyKeyHours} hours, even if the workflow is deleted; a repeat then returns NOT_FOUND.`,
  })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The writer’s time zone, as an IANA name such as `Europe/Berlin`, in which "every Monday at 8" is meant. An unknown name is refused with VALIDATION.',
  })
  timeZone?: string | null;
}

@ObjectType('SubmitPromptPayload', { description: 'The answer to `submitPrompt`.' })
export class SubmitPromptPayload {
  @Field(() => WorkflowObject, {
    nullable: true,
    description: 'The workflow of the prompt; null if it was refused.',
  })
  workflow?: WorkflowObject;

  @Field(() => RunObject, { nullable: true, description: 'The run that will answer; null if the prompt was refused.' })
  run?: RunObject;

  @Field(() => [UserErrorObject], { description: 'Why the prompt was refused; empty if it was accepted.' })
  userErrors: UserErrorObject[];
}

@InputType('RenameWorkflowInput', { description: 'A workflow and its new title.' })
export class RenameWorkflowInput {
  @Field(() => ID, { description: 'The workflow.' })
  workflowId: string;

  @Field(() => String, {
    description: `The new title, at most ${limits.titleChars} characters. Agents will no longer change it.`,
  })
  title: string;
}

@ObjectType('RenameWorkflowPayload', { description: 'The answer to `renameWorkflow`.' })
export class RenameWorkflowPayload {
  @Field(() => WorkflowObject, { nullable: true, description: 'The renamed workflow; null on refusal.' })
  workflow?: WorkflowObject;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}

@InputType('DeleteWorkflowInput', { description: 'The workflow to delete.' })
export class DeleteWorkflowInput {
  @Field(() => ID, { description: 'The workflow.' })
  workflowId: string;
}

@ObjectType('DeleteWorkflowPayload', { description: 'The answer to `deleteWorkflow`.' })
export class DeleteWorkflowPayload {
  @Field(() => ID, { nullable: true, description: 'The id of the deleted workflow; null if it was refused.' })
  deletedWorkflowId?: string;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}
