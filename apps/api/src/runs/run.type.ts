import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { RunErrorInfo, RunId, RunStatus, Usage, UserId, WorkflowId } from '#libs/contracts';
import { connectionOf } from '../graphql/connection.type.js';
import { RunStatusEnum } from '../graphql/enums.js';
import { NodeObject } from '../graphql/node.type.js';
import { DateTimeScalar, type Instant } from '../graphql/scalars.js';

@ObjectType('RunError', { description: 'Why a run, a step or an attempt failed.' })
export class RunErrorObject implements RunErrorInfo {
  @Field(() => String, { description: 'A stable code from the error catalogue, such as `PROVIDER_TIMEOUT`.' })
  code: RunErrorInfo['code'];

  @Field(() => String, { description: 'A sentence for people. Never contains a vendor’s text.' })
  message: string;

  @Field(() => Boolean, { description: 'Whether trying again unchanged may succeed.' })
  retryable: boolean;
}

@ObjectType('Usage', { description: 'Tokens, as counted by the model provider.' })
export class UsageObject implements Usage {
  @Field(() => Int, { description: 'Input tokens.' })
  inputTokens: number;

  @Field(() => Int, { description: 'Output tokens, including reasoning.' })
  outputTokens: number;

  @Field(() => Int, { nullable: true, description: 'Reasoning tokens, if the provider reports them.' })
  reasoningTokens: number | null;
}

@ObjectType('QueuePlace', { description: 'The place in the queue of a run that waits for a worker.' })
export class QueuePlaceObject {
  @Field(() => DateTimeScalar, { description: 'When it was queued, this time.' })
  since: Instant;

  @Field(() => Int, {
    description: 'How many queued runs on this server have waited longer. Counted up to 10,000.',
  })
  runsBefore: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many workers are alive. With 0, the run starts as soon as there is one. Null while Redis does not answer; workers need Redis too.',
  })
  workersAlive: number | null;
}

@ObjectType('Run', {
  description: 'One generation: from a submitted prompt to one terminal state.',
  implements: () => [NodeObject],
})
export class RunObject extends NodeObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `run_`.' })
  override id: RunId;

  @Field(() => RunStatusEnum, { description: 'The state of the run.' })
  status: RunStatus;

  @Field(() => String, { description: 'The prompt, as it was accepted.' })
  prompt: string;

  @Field(() => String, { description: 'The agent that the run executes.' })
  agent: string;

  @Field(() => String, { nullable: true, description: 'The model that the run uses, once known.' })
  model: string | null;

  @Field(() => Int, { description: 'How many times a worker has claimed the run.' })
  attempts: number;

  @Field(() => RunErrorObject, { nullable: true, description: 'Why the run failed; null unless its status is FAILED.' })
  error: RunErrorObject | null;

  @Field(() => UsageObject, { nullable: true, description: 'Tokens used by all model calls so far.' })
  usage: UsageObject | null;

  @Field(() => DateTimeScalar, { description: 'When the prompt was accepted.' })
  createdAt: Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a worker first claimed the run.' })
  startedAt: Instant | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When a WAITING run continues by itself, because its sleep ends or its hook expires. Null if only an answer can wake it.',
  })
  wakeAt: Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the run reached its terminal state.' })
  finishedAt: Instant | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the steps and events of the run were removed, except its terminal events; null while they are kept. Without them, a run cannot be retried.',
  })
  historyExpiredAt: Instant | null;

  /** Not in the schema: the workflow that the run belongs to. */
  workflowId: WorkflowId;
  ownerId: UserId;
}

export const RunConnection = connectionOf(RunObject, 'Run', 'runs, newest first');
