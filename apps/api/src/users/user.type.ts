import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { UserView } from '#libs/persistence';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar } from '../graphql/scalars.js';

@ObjectType('User', { description: 'A person who uses this server.', implements: () => [NodeObject] })
export class UserObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `usr_`.' })
  override id: string;

  @Field(() => String, { description: 'The name shown to others.' })
  name: string;

  @Field(() => DateTimeScalar, { description: 'When this person was added.' })
  createdAt: string;
}

export function presentUser(user: UserView): UserObject {
  return { id: user.id, name: user.name, createdAt: user.createdAt.toISOString() };
}
