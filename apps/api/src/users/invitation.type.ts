import { Field, InputType, ObjectType } from '@nestjs/graphql';
import { UserErrorObject } from '../graphql/user-error.type.js';

@InputType('InviteUserInput', { description: 'Whom to invite.' })
export class InviteUserInput {
  @Field(() => String, { description: 'The address that the invited person signs in with.' })
  email: string;
}

@InputType('CreatePasswordLinkInput', { description: 'Who needs a new password.' })
export class CreatePasswordLinkInput {
  @Field(() => String, { description: 'The address that the person signs in with.' })
  email: string;
}

@ObjectType('OneTimeLinkPayload', { description: 'A link that works once, or why there is none.' })
export class OneTimeLinkPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'The link; a path unless HOLDFAST_PUBLIC_URL is set. It is shown once, and whoever has it can use it: pass it on in private.',
  })
  url: string | null;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}
