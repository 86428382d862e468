/**
 * Cleans text that people or models write: removes characters that nobody types on purpose and those that change how the
 * surrounding text is displayed.
 */

/** Control characters except tab and line feed, and lone surrogates: not every store or model handles them. */
const unusable = /(?![\t\n])[\p{Cc}\p{Cs}]/gu;

/** The text without unusable characters; line ends become `\n`, and the ends are trimmed. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(unusable, '').trim();
}

/** Letters and symbols that show nothing: Hangul fillers, the empty Braille pattern. */
const invisible = /[\u115f\u1160\u2800\u3164\uffa0]/g;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** Whether the text shows nothing. */
export function isBlank(text: string): boolean {
  return !visible.test(text.replaceAll(invisible, ''));
}

/**
 * Directional embeddings, overrides and isolates, which affect text beyond the title, and zero-width spaces and marks, with
 * which two titles can look alike. Joiners stay, because scripts and emoji need them.
 */
const misleading = /[\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** The text as a title: one line, without characters that hide or reorder text. May be empty. */
export function titleText(text: string): string {
  return cleanText(text.replaceAll(misleading, '')).replaceAll(/\s+/g, ' ');
}
