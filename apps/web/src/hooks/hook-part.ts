/** The parts of a message that mark where its run asked. */
import type { MessagePart } from '#libs/client';
import { fieldsOf, textIn } from '../fields.js';

/** Which question the part marks; `null` for every other part. */
export function hookIdOf(part: MessagePart): string | null {
  return part.type === 'data-hook' && 'data' in part ? textIn(fieldsOf(part.data), 'hookId') : null;
}
