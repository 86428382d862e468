/**
 * Runs and what they carry, as the API shows them. Owns GraphQL shapes; connections between types are field resolvers.
 */
import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { RunErrorInfo, RunId, RunStatus, Usage, UserId, WorkflowId } from '#libs/contracts';
import { connectionOf } from '../graphql/connection.type.js';
import { RunStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar } from '../graphql/scalars.js';

@ObjectType('RunError', { description: 'Why a run, a step or an attempt failed.' })
export class RunErrorObject implements RunErrorInfo {
  @Field(() => String, { description: 'A stable code from the error catalogue, such as `PROVIDER_TIMEOUT`.' })
  code: RunErrorInfo['code'];

  @Field(() => String, { description: 'A sentence for people. Never holds text of a vendor.' })
  message: string;

  @Field(() => Boolean, { description: 'Whether trying again without changing anything may succeed.' })
  retryable: boolean;
}

@ObjectType('Usage', { description: 'Tokens as the model provider counted them.' })
export class UsageObject implements Usage {
  @Field(() => Int, { description: 'Tokens that went in.' })
  inputTokens: number;

  @Field(() => Int, { description: 'Tokens that came out, reasoning included.' })
  outputTokens: number;

  @Field(() => Int, { nullable: true, description: 'Tokens spent on reasoning, when the provider says so.' })
  reasoningTokens: number | null;
}

@ObjectType('QueuePlace', { description: 'Where a run stands that waits for a worker.' })
export class QueuePlaceObject {
  @Field(() => DateTimeScalar, { description: 'Since when it waits, this time.' })
  since: string;

  @Field(() => Int, {
    description: 'How many queued runs have waited longer, of all that this server works on. Counted up to 10,000.',
  })
  runsBefore: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many workers are alive. With 0 the run starts as soon as one comes; null while Redis does not answer, which every worker needs too.',
  })
  workersAlive: number | null;
}

@ObjectType('Run', {
  description: 'One generation: one prompt, from its submit to one terminal state.',
  implements: () => [NodeObject],
})
export class RunObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `run_`.' })
  override id: RunId;

  @Field(() => RunStatusEnum, { description: 'Where the run is.' })
  status: RunStatus;

  @Field(() => String, { description: 'The prompt, as it was accepted.' })
  prompt: string;

  @Field(() => String, { description: 'The agent that the run executes.' })
  agent: string;

  @Field(() => String, { nullable: true, description: 'The model that the run asks, once that is known.' })
  model: string | null;

  @Field(() => Int, { description: 'How many times a worker has taken the run.' })
  attempts: number;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the run failed; null unless it is FAILED.' })
  error: RunErrorObject | null;

  @Field(() => UsageObject, { nullable: true, description: 'Tokens over all model calls so far.' })
  usage: UsageObject | null;

  @Field(() => DateTimeScalar, { description: 'When the prompt was accepted.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a worker first took the run.' })
  startedAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When a run that is WAITING goes on by itself: its sleep is over, or its hook expires. Null when only an answer can wake it.',
  })
  wakeAt: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the run reached its terminal state.' })
  finishedAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Since when the steps and events of the run are no longer kept, all but its ends; null while they are. Such a run cannot be tried again.',
  })
  historyExpiredAt: string | null;

  /** Not in the schema: where the run belongs. */
  workflowId: WorkflowId;
  ownerId: UserId;
}

export const RunConnection = connectionOf(RunObject, 'Run', 'runs, newest first');
