import { describe, expect, it } from 'vitest';
import { cleanText, isBlank, titleText } from './typed-text.js';

describe('cleaning text', () => {
  it('keeps words, line breaks, tabs and emoji as they are', () => {
    const text = 'First line 🌤️👩‍👩‍👧\n\tsecond line: naïve Ω';
    expect(cleanText(text)).toBe(text);
  });

  it('removes control characters and halves of surrogate pairs', () => {
    expect(cleanText('a\u0000b\u0007c\u001bd\u007fe\u0085f\ud83dg\udc00h')).toBe('abcdefgh');
  });

  it('turns every kind of line end into a line feed', () => {
    expect(cleanText('a\r\nb\rc\nd')).toBe('a\nb\nc\nd');
  });

  it.each(['', ' \n\t', '\u200b\u202e', '\u3164\u2800'])('calls blank what shows nothing (%j)', (text) => {
    expect(isBlank(text)).toBe(true);
  });
});

describe('a title', () => {
  it('stands on one line', () => {
    expect(titleText('  Two\n  words ')).toBe('Two words');
  });

  it('neither turns nor hides text', () => {
    expect(titleText('safe\u202egpj.exe\u202c \u2066x\u2069\u200b\u2060\ufeff\u{e0041}y')).toBe('safegpj.exe xy');
  });

  it('keeps what scripts and emoji need', () => {
    const text = 'می\u200cخواهم 👩\u200d👩\u200d👧 שלום\u200f';
    expect(titleText(text)).toBe(text);
  });

  it('is not left with spaces at its ends by what is taken out of it', () => {
    expect(titleText('\u200b Tidy \u200b')).toBe('Tidy');
  });
});
