import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { PromptLockReason, RunId, UserId, WorkflowId, WorkflowStatus } from '#libs/contracts';
import type { RunView, WorkflowSnapshot, WorkflowView } from '#libs/persistence';
import { connectionOf } from '../graphql/connection.type.js';
import { PromptLockReasonEnum, type WorkflowRole, WorkflowRoleEnum, WorkflowStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { CursorScalar, DateTimeScalar, type Instant } from '../graphql/scalars.js';

@ObjectType('PromptLock', { description: 'Why no prompt can be submitted right now.' })
export class PromptLockObject {
  @Field(() => PromptLockReasonEnum, { description: 'What locks the prompt.' })
  reason: PromptLockReason;

  @Field(() => String, { description: 'A sentence for people.' })
  message: string;

  @Field(() => DateTimeScalar, { description: 'When it was locked for this reason.' })
  since: Instant;

  /** Not in the schema: resolved to `run` and its owner on request. */
  ownerId: UserId;
  runId: RunId | null;
  run?: RunView | null | undefined;
}

@ObjectType('Workflow', {
  description: 'What a person opens: a title, a status, a conversation and a graph.',
  implements: () => [NodeObject],
})
export class WorkflowObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `wf_`.' })
  override id: WorkflowId;

  @Field(() => String, { description: 'The title, taken from the first prompt until the agent or a person sets one.' })
  title: string;

  @Field(() => String, { description: 'The agent that answers prompts of this workflow.' })
  agent: string;

  @Field(() => WorkflowStatusEnum, { description: 'What the workflow is doing.' })
  status: WorkflowStatus;

  @Field(() => WorkflowRoleEnum, { description: 'What the viewer may do with it.' })
  role: WorkflowRole;

  @Field(() => CursorScalar, {
    description:
      'The position in the stream at which this workflow was read, in one transaction. Subscribe to `workflowStream` from here.',
  })
  cursor: string;

  @Field(() => PromptLockObject, { nullable: true, description: 'Null if a prompt can be submitted.' })
  promptLock: PromptLockObject | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The highest revision number that is no longer kept; null while all are kept.',
  })
  revisionsExpiredTo: number | null;

  @Field(() => DateTimeScalar, { description: 'When the workflow was created.' })
  createdAt: Instant;

  @Field(() => DateTimeScalar, { description: 'When the workflow last changed.' })
  updatedAt: Instant;

  /** Not in the schema: the data that field resolvers read. `snapshot` is null for a row of a list. */
  view: WorkflowView;
  snapshot: WorkflowSnapshot | null;
}

export const WorkflowConnection = connectionOf(WorkflowObject, 'Workflow', 'workflows, newest first');
