import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { JsonValue, StepId } from '#libs/contracts';
import { connectionOf } from '../graphql/connection.type.js';
import { DateTimeScalar, type Instant, JsonScalar } from '../graphql/scalars.js';

@ObjectType('RunEvent', {
  description: 'One entry in the history of a run. Never changed; removed only when the history expires.',
})
export class RunEventObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `evt_`.' })
  id: string;

  @Field(() => String, { description: 'What happened, as a noun and a past verb: `run_created`, `step_completed`, …' })
  type: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at: Instant;

  @Field(() => JsonScalar, {
    complexity: 5,
    nullable: true,
    description: 'Details; their shape depends on `type`. Hidden and shortened like the input of a step.',
  })
  data: JsonValue;

  /** Not in the schema: resolved to `step` on request. */
  stepId: StepId | null;
}

export const RunEventConnection = connectionOf(RunEventObject, 'RunEvent', 'run events, oldest first');
