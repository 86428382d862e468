/**
 * What `workflowStream` delivers. Owns the GraphQL shapes of stream events; plain property values only, because a hot
 * stream pays for every resolver call.
 */
import { createUnionType, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type {
  AttemptLossCause,
  MessageId,
  RunId,
  RunStatus,
  SnapshotReason,
  UIMessageChunk,
  WorkflowStatus,
} from '#libs/contracts';
import { AttemptLossCauseEnum, RunStatusEnum, SnapshotReasonEnum, WorkflowStatusEnum } from '../graphql/enums.js';
import { CursorScalar, DateTimeScalar, UiMessageChunkScalar } from '../graphql/scalars.js';
import { HookObject } from '../runs/hook.type.js';
import { RunErrorObject } from '../runs/run.type.js';
import { StepObject } from '../runs/step.type.js';
import { GraphEdgeObject, GraphIssueObject, GraphNodeObject } from '../workflows/graph.type.js';
import { PromptLockObject, WorkflowObject } from '../workflows/workflow.type.js';

@ObjectType('StreamSnapshot', {
  description:
    'The workflow as of `StreamBatch.cursor`, with its newest messages. Drop what you had of it and go on from here; older messages that you have read stay as they are.',
})
export class StreamSnapshotObject {
  readonly __typename: 'StreamSnapshot';

  @Field(() => SnapshotReasonEnum, { description: 'Why a snapshot is sent.' })
  reason: SnapshotReason;

  @Field(() => WorkflowObject, { description: 'The workflow, read in one transaction.' })
  workflow: WorkflowObject;
}

@ObjectType('MessageChunks', {
  description:
    'Chunks of an assistant message, to be folded in order after everything before them. Exact: never repeated.',
})
export class MessageChunksObject {
  readonly __typename: 'MessageChunks';

  @Field(() => ID, { description: 'The message that they belong to.' })
  messageId: MessageId;

  @Field(() => ID, { description: 'The run that writes the message.' })
  runId: RunId;

  @Field(() => [UiMessageChunkScalar], { description: 'The chunks, in order.' })
  chunks: UIMessageChunk[];

  @Field(() => String, {
    description:
      'The text deltas among the chunks, joined: enough for whoever only prints text. A `reset-step` chunk takes back text of the current step.',
  })
  textDelta: string;
}

@ObjectType('StatusChanged', { description: 'The authoritative status. Idempotent: it carries the state itself.' })
export class StatusChangedObject {
  readonly __typename: 'StatusChanged';

  @Field(() => ID, { nullable: true, description: 'The run that changed.' })
  runId: RunId | null;

  @Field(() => WorkflowStatusEnum, { description: 'What the workflow is doing now.' })
  status: WorkflowStatus;

  @Field(() => RunStatusEnum, { nullable: true, description: 'Where the run is now.' })
  runStatus: RunStatus | null;

  @Field(() => PromptLockObject, { nullable: true, description: 'Null when a prompt may be submitted.' })
  promptLock: PromptLockObject | null;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the run failed.' })
  error: RunErrorObject | null;

  @Field(() => Boolean, {
    description:
      'Whether this ends the run. True once per end: nothing of the run follows, unless `retryRun` tries it again, and then it ends again.',
  })
  terminal: boolean;

  @Field(() => DateTimeScalar, { description: 'When the status changed.' })
  at: string;
}

@ObjectType('StepChanged', { description: 'A step as it is now. Idempotent.' })
export class StepChangedObject {
  readonly __typename: 'StepChanged';

  @Field(() => StepObject, { description: 'The step. Its input and output are read from the database when asked for.' })
  step: StepObject;
}

@ObjectType('GraphPatched', {
  description: 'What changed in the graph up to `revision`. Ignore it when you have that revision or a later one.',
})
export class GraphPatchedObject {
  readonly __typename: 'GraphPatched';

  @Field(() => Int, { description: 'The revision that the patch leads to.' })
  revision: number;

  @Field(() => [GraphNodeObject], { description: 'Nodes that are new or changed, whole.' })
  upsertNodes: GraphNodeObject[];

  @Field(() => [ID], { description: 'Ids of nodes that are gone.' })
  removeNodeIds: string[];

  @Field(() => [GraphEdgeObject], { description: 'Edges that are new or changed, whole.' })
  upsertEdges: GraphEdgeObject[];

  @Field(() => [ID], { description: 'Ids of edges that are gone.' })
  removeEdgeIds: string[];

  @Field(() => [GraphIssueObject], { description: 'All findings of the linter on this revision.' })
  issues: GraphIssueObject[];
}

@ObjectType('HookChanged', { description: 'A hook as it is now. Idempotent.' })
export class HookChangedObject {
  readonly __typename: 'HookChanged';

  @Field(() => HookObject, { description: 'The hook.' })
  hook: HookObject;
}

@ObjectType('AttemptFailed', {
  description: 'A try of a step failed, or an attempt at the run was lost; says what happens next.',
})
export class AttemptFailedObject {
  readonly __typename: 'AttemptFailed';

  @Field(() => ID, { description: 'The run.' })
  runId: RunId;

  @Field(() => Int, { description: 'Which try it was; 1 for the first.' })
  attempt: number;

  @Field(() => String, { description: 'What went wrong, as a sentence for people.' })
  message: string;

  @Field(() => Boolean, { description: 'Whether it is tried again.' })
  willRetry: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is tried again.' })
  nextRetryAt: string | null;

  @Field(() => AttemptLossCauseEnum, {
    nullable: true,
    description: 'Why an attempt at the run was lost. `null` for a try of a step.',
  })
  cause: AttemptLossCause | null;
}

export type StreamEventObject =
  | StreamSnapshotObject
  | MessageChunksObject
  | StatusChangedObject
  | StepChangedObject
  | GraphPatchedObject
  | HookChangedObject
  | AttemptFailedObject;

export const StreamEventUnion = createUnionType({
  name: 'StreamEvent',
  description: 'Something that happened to a workflow.',
  types: () =>
    [
      StreamSnapshotObject,
      MessageChunksObject,
      StatusChangedObject,
      StepChangedObject,
      GraphPatchedObject,
      HookChangedObject,
      AttemptFailedObject,
    ] as const,
  resolveType: (value: StreamEventObject) => value.__typename,
});

@ObjectType('StreamBatch', { description: 'Events that belong together, with the cursor after them.' })
export class StreamBatchObject {
  @Field(() => CursorScalar, { description: 'The cursor after this batch: subscribe from it to go on.' })
  cursor: string;

  @Field(() => Boolean, { description: 'Whether nothing more was waiting when the batch left.' })
  caughtUp: boolean;

  @Field(() => [StreamEventUnion], { description: 'The events, in order.' })
  events: StreamEventObject[];
}
