import { describe, expect, it } from 'vitest';
import { remainingWords } from './expires-in.js';

describe('remainingWords', () => {
  it.each([
    [7 * 86_400_000, '7 days left'],
    [86_399_000, '23 hours left'],
    [60_000, '1 minute left'],
    [1_500, '1 second left'],
    [0, 'time is up'],
    [-5, 'time is up'],
  ])('%d ms is %s', (milliseconds, words) => {
    expect(remainingWords(milliseconds)).toBe(words);
  });
});
