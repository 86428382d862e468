/**
 * Folds a message's chunks into the AI SDK's parts, in linear time and without blocking the event loop for long. The chunks
 * are never modified.
 *
 * The reader is the SDK's chat, which changes its message in place. `readUIMessageStream` copies the whole message for
 * every chunk, so its time grows with the square of the number of parts.
 */
import { setImmediate } from 'node:timers/promises';
import { AbstractChat, type ChatState, type UIMessage } from 'ai';
import { FoldableChunks, type MessageId, type UIMessageChunk } from '#libs/contracts';

/** How long a fold may run before it yields to the event loop. */
const TURN_MS = 10;

/** Holds the one message that the reader writes. */
class FoldState implements ChatState<UIMessage> {
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

/** The SDK's chat, fed from our chunks instead of the network. */
class Fold extends AbstractChat<UIMessage> {
  constructor(id: MessageId, stream: ReadableStream<UIMessageChunk>, state: FoldState) {
    super({
      id,
      generateId: () => id,
      state,
      transport: {
        sendMessages: () => Promise.reject(new Error('A fold sends nothing.')),
        reconnectToStream: () => Promise.resolve(stream),
      },
    });
  }
}

/** Parallel folds would add up to a long turn of the event loop, so only this many run at once and the others wait. */
const atOnce = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs `fold` when it is its turn. If its result may no longer be needed by then, `fold` should check that first and throw. */
export async function foldInTurn<T>(fold: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await fold();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** The parts as of the last chunk. Skips error chunks and chunks that do not fit what came before them. */
export async function foldParts(id: MessageId, chunks: readonly UIMessageChunk[]): Promise<UIMessage['parts']> {
  const state = new FoldState();
  await new Fold(id, ReadableStream.from(inTurns(id, chunks)), state).resumeStream();
  return state.messages[0]?.parts ?? [];
}

async function* inTurns(id: MessageId, chunks: readonly UIMessageChunk[]): AsyncGenerator<UIMessageChunk> {
  const foldable = new FoldableChunks();
  let turnEndsAt = performance.now() + TURN_MS;
  for (const chunk of chunks) {
    if (performance.now() > turnEndsAt) {
      await setImmediate();
      turnEndsAt = performance.now() + TURN_MS;
    }
    if (chunk.type === 'error' || !foldable.takes(chunk)) continue;
    // The fold keeps references to its input and modifies it. A different message id would make it start over.
    yield chunk.type === 'start' ? { ...structuredClone(chunk), messageId: id } : structuredClone(chunk);
  }
}
