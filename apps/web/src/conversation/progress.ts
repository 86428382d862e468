/** What an agent says that it is doing right now, out of its message. */
import type { MessageState } from '#libs/client';
import { fieldsOf, numberIn, textIn } from '../fields.js';

export interface Progress {
  text: string;
  /** 0 to 100; `null` when nobody counts. */
  percent: number | null;
}

/** The newest `data-progress` part of an assistant's message that still grows. */
export function progressOf(message: MessageState | undefined): Progress | null {
  if (message?.role !== 'assistant') return null;
  const part = message.parts.findLast((candidate) => candidate.type === 'data-progress');
  const fields = fieldsOf(part && 'data' in part ? part.data : null);
  const text = textIn(fields, 'text');
  return text === null ? null : { text, percent: numberIn(fields, 'percent') };
}
