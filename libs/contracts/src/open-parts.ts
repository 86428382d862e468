/**
 * The chunks that close what a message, or a step of it, leaves open when it ends early, so that nobody is shown text that seems to
 * be still streaming or a tool that seems to be still running.
 */
import type { UIMessageChunk } from './stream-events.js';

/** The error of a tool call that was under way when its step or its run ended: nothing is known to be wrong with it. */
export const interruptedToolError = 'This was interrupted before it was done.';

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
