/** What a message says, as a model is told it later. */
import { compactChunks } from './chunk-compaction.js';
import type { UIMessageChunk } from './stream-events.js';

/** The text parts of a message, a blank line between two of them. */
export function textOf(chunks: readonly UIMessageChunk[]): string {
  const parts: string[] = [];
  let open = new Map<string, number>();
  for (const chunk of compactChunks(chunks)) {
    if (chunk.type === 'start-step') open = new Map();
    if (chunk.type === 'text-start') open.set(chunk.id, parts.push('') - 1);
    if (chunk.type !== 'text-delta') continue;
    const at = open.get(chunk.id);
    if (at !== undefined) parts[at] += chunk.delta;
  }
  return parts.filter((part) => part.trim() !== '').join('\n\n');
}
