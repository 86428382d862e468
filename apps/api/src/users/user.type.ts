import { Field, ID, ObjectType } from '@nestjs/graphql';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar, type Instant } from '../graphql/scalars.js';

@ObjectType('User', { description: 'A person who uses this server.', implements: () => [NodeObject] })
export class UserObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `usr_`.' })
  override id: string;

  @Field(() => String, { description: 'The name shown to others.' })
  name: string;

  @Field(() => DateTimeScalar, { description: 'When this person was added.' })
  createdAt: Instant;
}
