/**
 * What the page needs to know about this server.
 */
import { Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType('ServerInfo', { description: 'How this server is set up.' })
export class ServerInfoObject {
  @Field(() => Boolean, { description: 'Whether a simulator answers instead of a model.' })
  simulated: boolean;

  @Field(() => String, { nullable: true, description: 'The model that new runs use.' })
  model: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many workers are alive. With 0, prompts are accepted and wait. Null while unknown.',
  })
  workersAlive: number | null;

  @Field(() => [String], { description: 'The agents that `submitPrompt` accepts.' })
  agents: string[];
}
