/**
 * Folds a message's chunk list into the AI SDK's parts. Owns nothing but the call; the chunks are never modified.
 */
import { readUIMessageStream, type UIMessage } from 'ai';
import type { MessageId, UIMessageChunk } from '#libs/contracts';

/**
 * The parts as of the last chunk. An error chunk does not end the fold: what came before it is kept.
 * The list is cloned first, because the fold keeps references into it and changes them.
 */
export async function foldParts(
  id: MessageId,
  role: UIMessage['role'],
  chunks: readonly UIMessageChunk[],
): Promise<UIMessage['parts']> {
  const stream = ReadableStream.from(structuredClone(chunks)) as ReadableStream<UIMessageChunk>;
  let parts: UIMessage['parts'] = [];
  const states = readUIMessageStream({
    message: { id, role, parts: [] },
    stream,
    onError: () => undefined,
  });
  for await (const state of states) parts = state.parts;
  return parts;
}
