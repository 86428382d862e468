/**
 * Inputs and payloads of the mutations on runs.
 */
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
    description: 'The run as it is now. A run that had ended before is given as it ended, with a CONFLICT.',
  })
  run: RunObject | null;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty when the run is stopped.' })
  userErrors: UserErrorObject[];
}

@InputType('RetryRunInput', { description: 'The run to try again.' })
export class RetryRunInput {
  @Field(() => ID, { description: 'The run: failed or canceled, and the latest of its workflow.' })
  runId: string;
}

@ObjectType('RetryRunPayload', { description: 'The answer to `retryRun`.' })
export class RetryRunPayload {
  @Field(() => RunObject, { nullable: true, description: 'The run, queued again; null on refusal.' })
  run: RunObject | null;

  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty when the run is queued again.' })
  userErrors: UserErrorObject[];
}
