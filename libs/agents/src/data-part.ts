/**
 * Parts of an agent's own in the assistant's message, which the page draws as cards.
 */
import type { JsonValue, UIMessageChunk } from '#libs/contracts';

/** Parts of one name and id replace each other, in place. */
export function dataPart(name: string, id: string, data: { [key: string]: JsonValue }): UIMessageChunk {
  return { type: `data-${name}`, id, data };
}
