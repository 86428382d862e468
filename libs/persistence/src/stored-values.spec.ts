import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, storedInteger, storedJson, unescapeText } from './stored-values.js';

const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0xe0ff, 0xd83d, 0xde00, 0x30)))
  .map((units) => String.fromCharCode(...units));

describe('values on their way into a column', () => {
  it('gives back every text exactly, whatever code units it is made of', () => {
    fc.assert(fc.property(anyText, (text) => unescapeText(escapeText(text)) === text));
  });

  it('spells every text without NUL and without half a surrogate pair', () => {
    fc.assert(fc.property(anyText, (text) => !/\0|\p{Cs}/u.test(escapeText(text))));
  });

  it('leaves whole emoji alone', () => {
    expect(escapeText('sure 😀!')).toBe('sure 😀!');
  });

  it('gives back every JSON value, keys included', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText), fc.integer())), (value) => {
        const stored = JSON.stringify(storedJson.to({ ...value }));
        expect(storedJson.from(JSON.parse(stored))).toEqual({ ...value });
      }),
    );
  });

  it('does not copy what needs no escaping', () => {
    const value = { a: [{ b: 'plain' }, 1, null] };
    expect(storedJson.to(value)).toBe(value);
    expect(storedJson.from(value)).toBe(value);
  });

  it('reads a bigint column as a number and leaves null alone', () => {
    expect(storedInteger.from('42')).toBe(42);
    expect(storedInteger.from(null)).toBeNull();
  });
});
