/**
 * Lets messages of one socket carry a payload that is JSON text already. Owns the hand-over between the protocol library,
 * which writes messages down, and the socket, which sends them; never looks into a payload.
 *
 * The library calls `JSON.stringify({ id, type, payload })` and hands the text to the socket's `send` in the same turn. So
 * a payload whose `toJSON` leaves a `null` behind tells `send` which text belongs in its place.
 */
const placeholder = 'null}';

export class ReadyPayloads {
  private waiting: string | null = null;

  /** A payload that `complete` replaces with this text. */
  payload(text: string): Record<string, unknown> {
    return {
      toJSON: () => {
        this.waiting = text;
        return null;
      },
    };
  }

  /** The message with its payload in place. To be called with every message, right after it was written down. */
  complete(message: string): string {
    const text = this.waiting;
    if (text === null) return message;
    this.waiting = null;
    if (!message.endsWith(`"payload":${placeholder}`)) throw new Error('A message does not end with its payload');
    return `${message.slice(0, -placeholder.length)}${text}}`;
  }
}
