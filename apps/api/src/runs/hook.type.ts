import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { HookId, HookStatus, JsonValue, RunId, UserId } from '#libs/contracts';
import { HookStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar, type Instant } from '../graphql/scalars.js';

@ObjectType('Hook', {
  description:
    'A point where a run waits for something outside: a person’s approval, or a payload from another system.',
  implements: () => [NodeObject],
})
export class HookObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `hook_`.' })
  override id: HookId;

  @Field(() => String, { description: 'The name that the agent gave the hook.' })
  name: string;

  @Field(() => HookStatusEnum, { description: 'The state of the hook.' })
  status: HookStatus;

  @Field(() => String, { description: 'What is being asked for, as a short text for people.' })
  title: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was answered.' })
  resolvedAt: Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops waiting; null if it waits indefinitely.' })
  expiresAt: Instant | null;

  /** Not in the schema. The stream carries hooks without their schema and payload, so resolvers load those by these ids. */
  runId: RunId;
  resolvedById: UserId | null;
  stored?: { schema: JsonValue; payload: JsonValue };
}
