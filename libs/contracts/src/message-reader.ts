/**
 * Reads chunks into one message. The reader is the SDK's chat, which changes its message in place: `readUIMessageStream`
 * copies the whole message for every chunk, which makes the cost of a message quadratic in the number of its parts.
 */
import { AbstractChat, type ChatState, type UIMessage } from 'ai';
import type { UIMessageChunk } from './stream-events.js';

/** Holds the one message that the reader writes. */
class ReaderState implements ChatState<UIMessage> {
  status: ChatState<UIMessage>['status'] = 'ready';
  error: Error | undefined;
  messages: UIMessage[] = [];

  pushMessage = (message: UIMessage): void => {
    this.messages = [message];
  };
  popMessage = (): void => {
    this.messages = [];
  };
  replaceMessage = (_index: number, message: UIMessage): void => {
    this.messages = [message];
  };
  snapshot = <T>(thing: T): T => thing;
}

/** The SDK's chat, reading from `stream` instead of the network once `resumeStream` is called. */
export class MessageReader extends AbstractChat<UIMessage> {
  constructor(messageId: string, stream: ReadableStream<UIMessageChunk>) {
    super({
      id: messageId,
      generateId: () => messageId,
      state: new ReaderState(),
      transport: {
        sendMessages: () => Promise.reject(new Error('A reader sends nothing.')),
        reconnectToStream: () => Promise.resolve(stream),
      },
    });
  }
}
