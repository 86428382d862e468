/** Expected refusals of mutations, as data. */
import { Field, ObjectType } from '@nestjs/graphql';
import type { UserError, UserErrorCode } from '#libs/contracts';
import { UserErrorCodeEnum } from './enums.js';

@ObjectType('UserError', { description: 'A refusal that a person can act on.' })
export class UserErrorObject implements UserError {
  @Field(() => UserErrorCodeEnum, { description: 'What kind of refusal it is.' })
  code: UserErrorCode;

  @Field(() => [String], {
    nullable: true,
    description: 'Path of the offending input field, outermost first; null if it is not about a single field.',
  })
  field: string[] | null;

  @Field(() => String, { description: 'A sentence for people.' })
  message: string;
}

/** A user error. `field` is the path to the argument at fault, such as `['input', 'prompt']`. */
export function userError(code: UserErrorCode, message: string, field: string[] | null = null): UserErrorObject {
  return { code, field, message };
}

/** The payload of a mutation that was refused for this reason; its other fields are null. */
export function refusal(...reason: Parameters<typeof userError>): { userErrors: UserErrorObject[] } {
  return { userErrors: [userError(...reason)] };
}
