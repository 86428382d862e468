/**
 * Results and messages that carry JSON text which has been serialised before. A value whose `toJSON` notes its text leaves a
 * placeholder behind; whoever serialises what is around it puts the text there.
 */
import { randomUUID } from 'node:crypto';

/** Nobody outside of this process knows it, so no text from elsewhere can hold it. */
const itemsPlaceholder = randomUUID();
let notedItems: string[] = [];

class PreserialisedItems {
  constructor(private readonly json: string) {}

  toJSON(): string {
    notedItems.push(this.json);
    return itemsPlaceholder;
  }
}

/** A list of the items in `json`: JSON with commas between them, at least one. For GraphQL it is a list with one item. */
export function preserialisedList(json: string): unknown[] {
  return [new PreserialisedItems(json)];
}

/** As `JSON.stringify`, for values that hold preserialised lists. */
export function stringifyWithPreserialised(value: object): string {
  notedItems = [];
  const [start = '', ...rest] = JSON.stringify(value).split(`"${itemsPlaceholder}"`);
  return rest.reduce((text, piece, index) => text + notedItems[index] + piece, start);
}

/**
 * Payloads of one socket's messages. The protocol library calls `JSON.stringify({ id, type, payload })` and hands the text to
 * the socket's `send` in the same turn, so the payload that left a `null` behind belongs to the message that comes next.
 */
const payloadPlaceholder = 'null}';

export class PreserialisedPayloads {
  private noted: string | null = null;

  /** A payload that `complete` replaces with this JSON. */
  payload(json: string): Record<string, unknown> {
    return {
      toJSON: () => {
        this.noted = json;
        return null;
      },
    };
  }

  /** The message with its payload. To be called with every message, right after it was serialised. */
  complete(message: string): string {
    const json = this.noted;
    if (json === null) return message;
    this.noted = null;
    if (!message.endsWith(`"payload":${payloadPlaceholder}`))
      throw new Error('A message does not end with its payload');
    return `${message.slice(0, -payloadPlaceholder.length)}${json}}`;
  }
}
