import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { type JsonValue, limits } from '#libs/contracts';
import { JsonScalar } from '../graphql/scalars.js';
import { UserErrorObject } from '../graphql/user-error.type.js';
import { HookObject } from './hook.type.js';

@InputType('ResolveHookInput', { description: 'An answer to a hook.' })
export class ResolveHookInput {
  @Field(() => ID, { description: 'The hook.' })
  hookId: string;

  @Field(() => JsonScalar, {
    description: `The answer. It must match the hook's \`schema\`; keys that the schema does not define are dropped. At most ${limits.hookPayloadBytes / 1024} KiB and ${limits.hookPayloadDepth} levels.`,
  })
  payload: JsonValue;
}

@ObjectType('ResolveHookPayload', { description: 'The answer to `resolveHook`.' })
export class ResolveHookPayload {
  @Field(() => HookObject, {
    nullable: true,
    description: 'The hook as it is now. If someone else answered first, it shows who, with a CONFLICT.',
  })
  hook?: HookObject;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty if the answer was accepted.' })
  userErrors: UserErrorObject[];
}
