import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { JsonValue, RunId, StepId, StepKind, StepStatus } from '#libs/contracts';
import { connectionOf } from '../graphql/connection.type.js';
import { StepKindEnum, StepStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar, type Instant } from '../graphql/scalars.js';
import { RunErrorObject, UsageObject } from './run.type.js';

@ObjectType('StepAttempt', { description: 'One try of a step.' })
export class StepAttemptObject {
  @Field(() => Int, { description: '1 for the first try.' })
  number: number;

  @Field(() => String, { description: 'The epoch of the attempt that the try was part of.' })
  epoch: string;

  @Field(() => DateTimeScalar, { description: 'When the try began.' })
  startedAt: Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the try ended; null while it runs.' })
  finishedAt: Instant | null;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the try failed.' })
  error: RunErrorObject | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the next try begins; null if there is none.' })
  nextRetryAt: Instant | null;

  @Field(() => UsageObject, {
    nullable: true,
    description: 'Tokens used by this try, even if it failed; null if unknown.',
  })
  usage: UsageObject | null;
}

@ObjectType('Step', {
  description: 'A unit of a run whose result is stored once and never computed again.',
  implements: () => [NodeObject],
})
export class StepObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `step_`.' })
  override id: StepId;

  @Field(() => String, { description: 'The name that the agent gave the step. Steps in a loop share it.' })
  name: string;

  @Field(() => StepKindEnum, { description: 'What the step does.' })
  kind: StepKind;

  @Field(() => StepStatusEnum, { description: 'The state of the step.' })
  status: StepStatus;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the last try failed.' })
  error: RunErrorObject | null;

  @Field(() => UsageObject, {
    nullable: true,
    description: 'Tokens used by all tries of this step; null unless it called a model.',
  })
  usage: UsageObject | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the first try began.' })
  startedAt: Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the step ended.' })
  finishedAt: Instant | null;

  /** Not in the schema. The stream carries steps without input and output, so resolvers load those by these ids. */
  runId: RunId;
  stored?: { input: JsonValue; output: JsonValue };
}

export const StepConnection = connectionOf(StepObject, 'Step', 'steps, oldest first');
