/** The title of a workflow until it gets one of its own. */

const MAX_CHARS = 80;
/** Words are kept whole unless the title would become shorter than this: some languages use no spaces. */
const MIN_CHARS = 40;

/** The first non-blank line of the prompt. A long one is cut after a word, never inside a character, and ends with `…`. */
export function firstTitle(prompt: string): string {
  const line = prompt
    .split(/\r?\n/)
    .map((candidate) => candidate.trim())
    .find((candidate) => candidate !== '');
  const characters = Array.from(line ?? '');
  if (characters.length <= MAX_CHARS) return characters.join('');
  const end = characters.slice(0, MAX_CHARS).findLastIndex((character) => /\s/u.test(character));
  const kept = characters.slice(0, end < MIN_CHARS ? MAX_CHARS - 1 : end).join('');
  return `${kept.replace(/[\s\p{P}]+$/u, '')}…`;
}
