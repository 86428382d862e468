/**
 * Parts of the assistant's message: a hook's data part, the opening chunk, the chunks that close a message early, and its
 * text.
 */
import { compactChunks } from './chunk-compaction.js';
import type { MessageId } from './ids.js';
import type { UIMessageChunk } from './stream-events.js';

/** The error of a tool call that was in progress when its step or run ended: nothing is known to be wrong with it. */
export const interruptedToolError = 'This was interrupted before it was done.';

/** The first chunks of every run's message, present from submission on. */
export function openingChunks(messageId: MessageId): UIMessageChunk[] {
  return [{ type: 'start', messageId }];
}

/** The chunks that end the message after `chunks`; folding them changes no text. `finishReason` says why it ended. */
export function closingChunks(
  chunks: readonly UIMessageChunk[],
  finishReason: 'stop' | 'error' | 'other',
): UIMessageChunk[] {
  return [...closingOfParts(chunks), { type: 'finish', finishReason }];
}

/** The chunks that close open parts of `chunks` when the message continues. */
export function closingOfParts(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  const texts = new Map<string, UIMessageChunk>();
  const tools = new Map<string, UIMessageChunk>();
  for (const chunk of chunks) {
    switch (chunk.type) {
      case 'text-start':
        texts.set(`text:${chunk.id}`, { type: 'text-end', id: chunk.id });
        break;
      case 'reasoning-start':
        texts.set(`reasoning:${chunk.id}`, { type: 'reasoning-end', id: chunk.id });
        break;
      case 'text-end':
        texts.delete(`text:${chunk.id}`);
        break;
      case 'reasoning-end':
        texts.delete(`reasoning:${chunk.id}`);
        break;
      case 'tool-input-start':
      case 'tool-input-available':
        tools.set(chunk.toolCallId, {
          type: 'tool-output-error',
          toolCallId: chunk.toolCallId,
          errorText: interruptedToolError,
        });
        break;
      case 'tool-output-available':
        if (!chunk.preliminary) tools.delete(chunk.toolCallId);
        break;
      case 'tool-input-error':
      case 'tool-output-error':
      case 'tool-output-denied':
        tools.delete(chunk.toolCallId);
        break;
    }
  }
  return [...texts.values(), ...tools.values()];
}

/** A hook's data part of the message. Idempotent: a part replaces an earlier one with the same type and id. */
export function hookPart({ id, name, title }: { id: string; name: string; title: string }): UIMessageChunk {
  return { type: 'data-hook', id, data: { hookId: id, name, title } };
}

/** The text parts of a message, separated by blank lines. */
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
