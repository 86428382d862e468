/**
 * The mark of a hook in the assistant's message: where in the conversation the run asked. What became of the question is read from
 * the hook.
 */
import type { UIMessageChunk } from './stream-events.js';

/** A data part of the message. Adding it again changes nothing: parts of one type and id replace each other in place. */
export function hookPart({ id, name, title }: { id: string; name: string; title: string }): UIMessageChunk {
  return { type: 'data-hook', id, data: { hookId: id, name, title } };
}
