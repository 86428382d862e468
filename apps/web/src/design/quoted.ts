/** Quotation marks of one kind: sentences that a model reads as well come with those of a keyboard. */

/** `"name"` → `“name”`. Marks inside of code, behind a bracket or a word, stay as they are. */
export function quoted(text: string): string {
  return text.replace(/(?<![\w[(=])"([^"\n]*)"/g, '“$1”');
}
