import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { UserErrorObject } from '../graphql/user-error.type.js';
import { RunObject } from './run.type.js';

@InputType('CancelRunInput', { description: 'The run to stop.' })
export class CancelRunInput {
  @Field(() => ID, { description: 'The run.' })
  runId: string;
}

@ObjectType('CancelRunPayload', { description: 'The answer to `cancelRun`.' })
export class CancelRunPayload {
  @Field(() => RunObject, {
    nullable: true,
    description: 'The run as it is now. If it had already ended, it is returned unchanged, with a CONFLICT.',
  })
  run?: RunObject;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}

@InputType('RetryRunInput', { description: 'The run to try again.' })
export class RetryRunInput {
  @Field(() => ID, { description: 'The run. It must have failed or been canceled, and be the newest of its workflow.' })
  runId: string;
}

@ObjectType('RetryRunPayload', { description: 'The answer to `retryRun`.' })
export class RetryRunPayload {
  @Field(() => RunObject, { nullable: true, description: 'The queued run; null if it was refused.' })
  run?: RunObject;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty on success.' })
  userErrors: UserErrorObject[];
}
