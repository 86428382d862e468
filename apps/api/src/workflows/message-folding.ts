/**
 * Folds a message's chunks into the AI SDK's parts, in linear time and without blocking the event loop for long. The chunks
 * are never modified.
 */
import { setImmediate } from 'node:timers/promises';
import type { UIMessage } from 'ai';
import { FoldableChunks, type MessageId, MessageReader, type UIMessageChunk } from '#libs/contracts';

/** How long a fold may run before it yields to the event loop. */
const TURN_MS = 10;

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
  const reader = new MessageReader(id, ReadableStream.from(inTurns(id, chunks)));
  await reader.resumeStream();
  return reader.messages[0]?.parts ?? [];
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
