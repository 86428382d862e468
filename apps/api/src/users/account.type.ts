import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { Scope, UserRole } from '#libs/contracts';
import { ScopeEnum, UserRoleEnum } from '../graphql/enums.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { UserErrorObject } from '../graphql/user-error.type.js';
import { UserObject } from './user.type.js';

@ObjectType('Session', { description: 'A sign-in that lasts, in one browser or program.' })
export class SessionObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `ses_`. It is no secret: nobody can sign in with it.' })
  id: string;

  @Field(() => Boolean, { description: 'Whether this request belongs to it.' })
  current: boolean;

  @Field(() => DateTimeScalar, { description: 'When this sign-in happened.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { description: 'When it ends unless it is used before.' })
  expiresAt: string;

  @Field(() => String, { nullable: true, description: 'The address from which it came.' })
  address: string | null;

  @Field(() => String, { nullable: true, description: 'What the browser or program said about itself.' })
  userAgent: string | null;
}

@ObjectType('Account', { description: 'The viewer’s own account.' })
export class AccountObject {
  @Field(() => UserObject, { description: 'The viewer.' })
  user: UserObject;

  @Field(() => String, { nullable: true, description: 'The address to sign in with; null for the local user.' })
  email: string | null;

  @Field(() => UserRoleEnum, { description: 'What the viewer is on this server.' })
  role: UserRole;

  @Field(() => [ScopeEnum], { description: 'What this request’s proof of identity allows.' })
  scopes: readonly Scope[];

  @Field(() => Boolean, { description: 'Whether this server has one local user and no sign-in.' })
  isLocal: boolean;

  @Field(() => [SessionObject], { description: 'Where the viewer is signed in, newest first.' })
  sessions?: SessionObject[];
}

@InputType('EndSessionsInput', { description: 'The sessions to end.' })
export class EndSessionsInput {
  @Field(() => ID, { nullable: true, description: 'One session; without it, all of them, this one included.' })
  sessionId?: string | null;
}

@ObjectType('EndSessionsPayload', { description: 'The answer to `endSessions`.' })
export class EndSessionsPayload {
  @Field(() => [SessionObject], { description: 'The sessions that are left.' })
  sessions: SessionObject[];

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}
