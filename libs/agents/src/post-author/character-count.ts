/**
 * How long a post is. Owns the limit and what counts as one character: what people see as one, such as an emoji of
 * several code points.
 */

export const MAX_POST_CHARACTERS = 280;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function countCharacters(text: string): number {
  return [...segmenter.segment(text)].length;
}
