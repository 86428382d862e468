/** Typographic quotation marks: sentences that a model also reads come with straight ones. */

/** `"name"` → `“name”`. Marks inside code, or after a bracket or a word, are unchanged. */
export function quoted(text: string): string {
  return text.replace(/(?<![\w[(=])"([^"\n]*)"/g, '“$1”');
}
