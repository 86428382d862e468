/** Counts the characters of a post as people see them: an emoji of several code points counts as one. */

export const MAX_POST_CHARACTERS = 280;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function countCharacters(text: string): number {
  return [...segmenter.segment(text)].length;
}
