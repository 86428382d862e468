/**
 * Workflows, as the API shows them. Owns the GraphQL shape; connections to other types are field resolvers.
 */
import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { PromptLockReason, RunId, UserId, WorkflowId, WorkflowStatus } from '#libs/contracts';
import type { RunView, WorkflowSnapshot, WorkflowView } from '#libs/persistence';
import { connectionOf } from '../graphql/connection.type.js';
import { PromptLockReasonEnum, type WorkflowRole, WorkflowRoleEnum, WorkflowStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { CursorScalar, DateTimeScalar } from '../graphql/scalars.js';

@ObjectType('PromptLock', { description: 'Why no prompt may be submitted at the moment.' })
export class PromptLockObject {
  @Field(() => PromptLockReasonEnum, { description: 'What locks the prompt.' })
  reason: PromptLockReason;

  @Field(() => String, { description: 'A sentence for people.' })
  message: string;

  @Field(() => DateTimeScalar, { description: 'Since when it is locked for this reason.' })
  since: string;

  /** Not in the schema as plain values: resolved to `run` when asked for. */
  ownerId: UserId;
  runId: RunId | null;
  run?: RunView;
}

@ObjectType('Workflow', {
  description: 'What a person opens: a title, a status, a conversation and a graph.',
  implements: () => [NodeObject],
})
export class WorkflowObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `wf_`.' })
  override id: WorkflowId;

  @Field(() => String, { description: 'The title: of the first prompt at first, then set by the agent or a person.' })
  title: string;

  @Field(() => String, { description: 'The agent that answers prompts of this workflow.' })
  agent: string;

  @Field(() => WorkflowStatusEnum, { description: 'What the workflow is doing.' })
  status: WorkflowStatus;

  @Field(() => WorkflowRoleEnum, { description: 'What the viewer may do with it.' })
  role: WorkflowRole;

  @Field(() => CursorScalar, {
    description:
      'The position in the stream that everything in this answer belongs to: it was read in the same transaction. Subscribe to `workflowStream` from it.',
  })
  cursor: string;

  @Field(() => PromptLockObject, { nullable: true, description: 'Null when a prompt may be submitted.' })
  promptLock: PromptLockObject | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The highest number of a stored revision that is no longer kept; null while all are.',
  })
  revisionsExpiredTo: number | null;

  @Field(() => DateTimeScalar, { description: 'When the workflow was created.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { description: 'When the workflow last changed.' })
  updatedAt: string;

  /** Not in the schema: what the field resolvers read from. `snapshot` is null for a row of a list. */
  view: WorkflowView;
  snapshot: WorkflowSnapshot | null;
}

export const WorkflowConnection = connectionOf(WorkflowObject, 'Workflow', 'workflows, newest first');
