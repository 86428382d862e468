/**
 * Messages of a conversation, as the API shows them. Folding chunks into parts is a field resolver, so that only clients
 * that ask for parts pay for it.
 */
import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { MessageId, RunId, UIMessageChunk } from '#libs/contracts';
import type { RunView } from '#libs/persistence';
import { connectionOf } from '../graphql/connection.type.js';
import { DateTimeScalar, type Instant, UiMessageChunkScalar } from '../graphql/scalars.js';

@ObjectType('Message', { description: 'One message of the conversation: a prompt, or an agent’s answer.' })
export class MessageObject {
  @Field(() => ID, { description: 'Opaque id, prefixed with `msg_`.' })
  id: MessageId;

  @Field(() => String, { description: '`user` or `assistant`.' })
  role: string;

  @Field(() => [UiMessageChunkScalar], {
    complexity: 10,
    description:
      'The message’s chunks, compacted, as of `Workflow.cursor`. You can continue folding from here with chunks from the stream.',
  })
  chunks: UIMessageChunk[];

  @Field(() => Int, {
    description:
      'One more than the highest index of the chunks in `chunks`: chunks of the stream with a lower index are in there already, or were taken back. It is 1 for prompts, and for messages from before chunks had indexes, whatever they hold.',
  })
  nextIndex: number;

  @Field(() => Boolean, { description: 'Whether the message is final.' })
  complete: boolean;

  @Field(() => DateTimeScalar, { description: 'When the message was created.' })
  createdAt: Instant;

  /** Not in the schema: resolved to `run` on request. */
  runId: RunId;
  run?: RunView | null | undefined;
}

export const MessageConnection = connectionOf(MessageObject, 'Message', 'messages, oldest first');
