/**
 * Text that people type, or a model in their place, without what no person writes on purpose and what would change how the text
 * around it is shown.
 */

/** Control characters but tab and line feed, and halves of surrogate pairs: no store or model can be trusted with them. */
const unusable = /(?![\t\n])[\p{Cc}\p{Cs}]/gu;

/** The text without what no person typed on purpose; line ends become `\n`, the rest is trimmed. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(unusable, '').trim();
}

/** Letters and symbols that show nothing: fillers of Hangul, the empty Braille pattern. */
const invisible = /[\u115f\u1160\u2800\u3164\uffa0]/g;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** Whether the text shows nothing. */
export function isBlank(text: string): boolean {
  return !visible.test(text.replaceAll(invisible, ''));
}

/**
 * Embeddings, overrides and isolates of writing direction, which reach beyond the title; spaces and marks of no width,
 * with which two titles look alike. Joiners stay: scripts and emoji need them.
 */
const misleading = /[\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** The text as a title: one line, and nothing in it that hides or turns text. Can be empty. */
export function titleText(text: string): string {
  return cleanText(text.replaceAll(misleading, '')).replaceAll(/\s+/g, ' ');
}
