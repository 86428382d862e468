import { describe, expect, it } from 'vitest';
import { firstTitle } from './first-title.js';

describe('firstTitle', () => {
  it('is the first line that says something', () => {
    expect(firstTitle('\n  \n  When a form comes in \r\nand then')).toBe('When a form comes in');
    expect(firstTitle(' \n ')).toBe('');
    expect(firstTitle('x'.repeat(80))).toBe('x'.repeat(80));
  });

  it('is cut behind a word, and says that it was cut', () => {
    const prompt =
      'When a Stripe payment fails, tell #billing in Slack, open a Linear ticket, and email the account owner.';
    expect(firstTitle(prompt)).toBe('When a Stripe payment fails, tell #billing in Slack, open a Linear ticket, and…');
    expect(firstTitle(`${'word '.repeat(14)}ends, here and goes on`)).toBe(`${'word '.repeat(14)}ends…`);
  });

  it('is cut inside a word that leaves no choice, never inside a character', () => {
    expect(firstTitle('😀'.repeat(90))).toBe(`${'😀'.repeat(79)}…`);
    expect(firstTitle(`Siehe ${'x'.repeat(200)}`)).toBe(`Siehe ${'x'.repeat(73)}…`);
  });

  it('has never more than 80 characters', () => {
    for (let length = 1; length < 120; length++) {
      const prompt = `${'a'.repeat(length)} ${'b'.repeat(200 - length)}`;
      expect(Array.from(firstTitle(prompt)).length).toBeLessThanOrEqual(80);
    }
  });
});
