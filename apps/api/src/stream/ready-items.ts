/**
 * Lets a result hold a list whose items are JSON text already. Owns how such lists get into the text of a result; never looks
 * into an item.
 *
 * For GraphQL it is a list with one item. When the result is written down, that item leaves a mark behind that nobody
 * outside of this process knows, and the mark is replaced with the text.
 */
import { randomUUID } from 'node:crypto';

const mark = randomUUID();
let written: string[] = [];

class ReadyItems {
  constructor(private readonly text: string) {}

  toJSON(): string {
    written.push(this.text);
    return mark;
  }
}

/** A list of the items in `text`: JSON with commas between them, at least one. */
export function readyItems(text: string): unknown[] {
  return [new ReadyItems(text)];
}

/** As `JSON.stringify`, with the items of ready lists in their places. */
export function stringifyReady(value: object): string {
  written = [];
  const [start = '', ...rest] = JSON.stringify(value).split(`"${mark}"`);
  return rest.reduce((text, piece, index) => text + written[index] + piece, start);
}
