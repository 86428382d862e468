import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SurrogateJoiner, wellFormed } from './well-formed.js';

describe('a value with half an emoji in it', () => {
  it('gets a replacement character for it, in texts and in keys', () => {
    const value = { 'a\ud83d': ['x\ude80', { deep: 'ok \ud83d\ude80' }], n: 1, none: null };
    expect(wellFormed(value)).toEqual({ 'a\ufffd': ['x\ufffd', { deep: 'ok 🚀' }], n: 1, none: null });
  });

  it('is given back as it is when there is nothing to replace', () => {
    const value = { text: '🚀', list: [1, { a: 'b' }], at: new Date(0), error: new Error('\ud83d') };
    expect(wellFormed(value)).toBe(value);
  });

  it('keeps a key named __proto__ what it is', () => {
    const value = JSON.parse('{"__proto__": {"a": "\\ud83d"}}') as object;
    expect(JSON.stringify(wellFormed(value))).toBe('{"__proto__":{"a":"\ufffd"}}');
  });
});

describe('a text that comes in pieces', () => {
  it('keeps its emoji, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat({ max: 7 })), (text, sizes) => {
        const joiner = new SurrogateJoiner();
        let at = 0;
        let joined = '';
        for (const size of [...sizes, text.length]) {
          const piece = joiner.next(text.slice(at, at + size));
          expect(piece.isWellFormed()).toBe(true);
          joined += piece;
          at += size;
        }
        expect(joined + joiner.end()).toBe(text);
      }),
    );
  });

  it('ends in a replacement character when half a pair stays alone, and only once', () => {
    const joiner = new SurrogateJoiner();
    expect(joiner.next('go \ud83d')).toBe('go ');
    expect(joiner.next('x')).toBe('\ufffdx');
    expect(joiner.next('\ud83d')).toBe('');
    expect([joiner.end(), joiner.end()]).toEqual(['\ufffd', '']);
  });
});
