/**
 * Folds messages with the AI SDK, and hashes them for comparison. Shares no code with the folds of the server or the
 * client.
 */
import { createHash } from 'node:crypto';
import { readUIMessageStream, type UIMessage } from 'ai';
import type { UIMessageChunk } from '#libs/contracts';

/** The AI SDK's own fold of a chunk list, as plain JSON. */
export async function foldChunks(chunks: readonly UIMessageChunk[]): Promise<UIMessage | null> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(structuredClone(chunk));
      controller.close();
    },
  });
  let last: UIMessage | null = null;
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
  return last && JSON.parse(JSON.stringify(last));
}

const foldedParts = new Map<string, Promise<unknown[]>>();

/** The result of folding a chunk list. A thousand subscribers with one list fold it once. */
export function partsOf(chunks: readonly UIMessageChunk[]): Promise<unknown[]> {
  const key = hashOf(chunks);
  let parts = foldedParts.get(key);
  if (!parts) {
    parts = foldChunks(chunks).then((message) => message?.parts ?? []);
    foldedParts.set(key, parts);
  }
  return parts;
}

/** Equal for values that differ only in the order of their keys, which Postgres does not keep. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null, sortKeys))
    .digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
