/**
 * Results and messages that embed JSON serialised earlier. A value whose `toJSON` records its text leaves a placeholder,
 * which the code that serialises the surrounding value replaces with that text.
 */
import { randomUUID } from 'node:crypto';

/** Unknown outside this process, so no text from elsewhere can contain it. */
const itemsPlaceholder = randomUUID();
let notedItems: string[] = [];

class PreserialisedItems {
  constructor(private readonly json: string) {}

  toJSON(): string {
    notedItems.push(this.json);
    return itemsPlaceholder;
  }
}

/** A list of the items in `json`: at least one item, separated by commas. GraphQL sees a list with one item. */
export function preserialisedList(json: string): unknown[] {
  return [new PreserialisedItems(json)];
}

/** Like `JSON.stringify`, for values that contain preserialised lists. */
export function stringifyWithPreserialised(value: object): string {
  notedItems = [];
  const [start = '', ...rest] = JSON.stringify(value).split(`"${itemsPlaceholder}"`);
  return rest.reduce((text, piece, index) => text + notedItems[index] + piece, start);
}

/**
 * Payloads of one socket's messages. The protocol library calls `JSON.stringify({ id, type, payload })` and passes the text
 * to the socket's `send` synchronously, so the payload that left a `null` belongs to the next message.
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

  /** The message with its payload. Must be called with every message, right after it was serialised. */
  complete(message: string): string {
    const json = this.noted;
    if (json === null) return message;
    this.noted = null;
    if (!message.endsWith(`"payload":${payloadPlaceholder}`))
      throw new Error('A message does not end with its payload');
    return `${message.slice(0, -payloadPlaceholder.length)}${json}}`;
  }
}
