/**
 * Parts of the assistant's message: the mark of a hook, the chunk that opens it, those that close what ends early, and what the text parts say.
 */
import { compactChunks } from './chunk-compaction.js';
import type { MessageId } from './ids.js';
import type { UIMessageChunk } from './stream-events.js';

/** The error of a tool call that was under way when its step or its run ended: nothing is known to be wrong with it. */
export const interruptedToolError = 'This was interrupted before it was done.';

/** How the message of every run begins, from its submit on. */
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

/** The chunks that close what `chunks` leave open, where the message goes on behind them. */
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

/** A data part of the message. Adding it again changes nothing: parts of one type and id replace each other in place. */
export function hookPart({ id, name, title }: { id: string; name: string; title: string }): UIMessageChunk {
  return { type: 'data-hook', id, data: { hookId: id, name, title } };
}

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
