import { describe, expect, it } from 'vitest';
import { countCharacters } from './character-count.js';

describe('countCharacters', () => {
  it.each([
    ['', 0],
    ['post', 4],
    ['naïve', 5],
    ['👩‍👩‍👧‍👦!', 2],
    ['🇩🇪🇵🇹', 2],
    ['e\u0301', 1],
  ])('counts what people see as one character: %j', (text, count) => {
    expect(countCharacters(text)).toBe(count);
  });
});
