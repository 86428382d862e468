/** An agent's own data parts in the assistant's message, which the page shows as cards. */
import type { JsonValue, UIMessageChunk } from '#libs/contracts';

/** A part replaces an earlier one of the same name and id, in place. */
export function dataPart(name: string, id: string, data: { [key: string]: JsonValue }): UIMessageChunk {
  return { type: `data-${name}`, id, data };
}
