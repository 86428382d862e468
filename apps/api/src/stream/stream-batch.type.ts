/** What `workflowStream` delivers. Only plain property values, because a busy stream pays for every resolver call. */
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
    'The workflow as of `StreamBatch.cursor`, with its newest messages. Replace what you have and continue from here; older messages that you have already read stay valid.',
})
export class StreamSnapshotObject {
  readonly __typename: 'StreamSnapshot';

  @Field(() => SnapshotReasonEnum, { description: 'Why a snapshot is sent.' })
  reason: SnapshotReason;

  @Field(() => WorkflowObject, { description: 'The workflow, read in one transaction.' })
  workflow: WorkflowObject;
}

@ObjectType('MessageChunks', {
  description: 'Chunks of an assistant message. Fold them in order, after everything before them. Never repeated.',
})
export class MessageChunksObject {
  readonly __typename: 'MessageChunks';

  @Field(() => ID, { description: 'The message they belong to.' })
  messageId: MessageId;

  @Field(() => ID, { description: 'The run that writes the message.' })
  runId: RunId;

  @Field(() => Int, {
    nullable: true,
    description:
      'The index of the first of these chunks in its message; the others follow without gaps. An index is never given to a second chunk. Chunks before `Message.nextIndex` of a snapshot are in that message already. `null` in what older versions have written.',
  })
  index: number | null;

  @Field(() => [UiMessageChunkScalar], { description: 'The chunks, in order.' })
  chunks: UIMessageChunk[];

  @Field(() => String, {
    description:
      'The text deltas among the chunks, joined. Enough if you only print text. A `reset-step` chunk takes back the text of the current step.',
  })
  textDelta: string;
}

@ObjectType('StatusChanged', {
  description: 'The authoritative status. Safe to apply twice: it carries the whole state.',
})
export class StatusChangedObject {
  readonly __typename: 'StatusChanged';

  @Field(() => ID, { nullable: true, description: 'The run whose status changed.' })
  runId: RunId | null;

  @Field(() => WorkflowStatusEnum, { description: 'What the workflow is doing now.' })
  status: WorkflowStatus;

  @Field(() => RunStatusEnum, { nullable: true, description: 'The state of the run.' })
  runStatus: RunStatus | null;

  @Field(() => PromptLockObject, { nullable: true, description: 'Null if a prompt can be submitted.' })
  promptLock: PromptLockObject | null;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the run failed.' })
  error: RunErrorObject | null;

  @Field(() => Boolean, {
    description:
      'Whether this ends the run. Nothing of the run follows, unless `retryRun` queues it again; then it will end again.',
  })
  terminal: boolean;

  @Field(() => DateTimeScalar, { description: 'When the status changed.' })
  at: string;
}

@ObjectType('StepChanged', { description: 'A step in its current state. Safe to apply twice.' })
export class StepChangedObject {
  readonly __typename: 'StepChanged';

  @Field(() => StepObject, {
    description: 'The step. Its input and output are read from the database if you select them.',
  })
  step: StepObject;
}

@ObjectType('GraphPatched', {
  description:
    'What changed in the graph up to `revision`. Ignore it if you already have that revision or a later one.',
})
export class GraphPatchedObject {
  readonly __typename: 'GraphPatched';

  @Field(() => Int, { description: 'The revision that the patch leads to.' })
  revision: number;

  @Field(() => [GraphNodeObject], { description: 'Nodes that were added or changed, in full.' })
  upsertNodes: GraphNodeObject[];

  @Field(() => [ID], { description: 'Ids of nodes that were removed.' })
  removeNodeIds: string[];

  @Field(() => [GraphEdgeObject], { description: 'Edges that were added or changed, in full.' })
  upsertEdges: GraphEdgeObject[];

  @Field(() => [ID], { description: 'Ids of edges that were removed.' })
  removeEdgeIds: string[];

  @Field(() => [GraphIssueObject], { description: 'All findings of the linter on this revision.' })
  issues: GraphIssueObject[];
}

@ObjectType('HookChanged', { description: 'A hook in its current state. Safe to apply twice.' })
export class HookChangedObject {
  readonly __typename: 'HookChanged';

  @Field(() => HookObject, { description: 'The hook.' })
  hook: HookObject;
}

@ObjectType('AttemptFailed', {
  description: 'A try of a step failed, or an attempt at the run was lost. Tells what happens next.',
})
export class AttemptFailedObject {
  readonly __typename: 'AttemptFailed';

  @Field(() => ID, { description: 'The run.' })
  runId: RunId;

  @Field(() => Int, { description: 'The number of the try or attempt, starting at 1.' })
  attempt: number;

  @Field(() => String, { description: 'What went wrong, as a sentence for people.' })
  message: string;

  @Field(() => Boolean, { description: 'Whether there will be another try.' })
  willRetry: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the next try begins.' })
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

@ObjectType('StreamBatch', { description: 'A batch of events, with the cursor after them.' })
export class StreamBatchObject {
  @Field(() => CursorScalar, { description: 'The cursor after this batch: subscribe from it to continue.' })
  cursor: string;

  @Field(() => Boolean, { description: 'Whether nothing newer was waiting when the batch was sent.' })
  caughtUp: boolean;

  @Field(() => [StreamEventUnion], { description: 'The events, in order.' })
  events: StreamEventObject[];
}
