import { describe, expect, it } from 'vitest';
import { limits } from '#libs/contracts';
import { cleanSubmission, cleanTitle } from './prompt-text.js';

function codesOf(input: Parameters<typeof cleanSubmission>[0]): string[] {
  const result = cleanSubmission(input);
  return result.kind === 'refused' ? result.errors.map((error) => `${error.code} ${error.field?.join('.')}`) : [];
}

describe('cleaning prompts', () => {
  it('refuses prompts that are empty, blank, or nothing but control characters', () => {
    for (const prompt of ['', '   \n\t ', '\u0000\u0001\u200a', '\ud800']) {
      expect(codesOf({ prompt })).toEqual(['VALIDATION input.prompt']);
    }
  });

  it('counts characters after trimming: the limit passes, one more does not', () => {
    expect(codesOf({ prompt: ` ${'x'.repeat(limits.promptChars)} ` })).toEqual([]);
    expect(codesOf({ prompt: 'x'.repeat(limits.promptChars + 1) })).toEqual(['VALIDATION input.prompt']);
  });

  it('reports every field that does not fit at once', () => {
    const timeZone = 'Mars/Olympus';
    expect(codesOf({ prompt: '', agent: 'nobody', idempotencyKey: 'x'.repeat(201), timeZone })).toEqual([
      'VALIDATION input.prompt',
      'VALIDATION input.agent',
      'VALIDATION input.idempotencyKey',
      'VALIDATION input.timeZone',
    ]);
  });

  it('takes a time zone in its usual spelling, and none', () => {
    expect(cleanSubmission({ prompt: 'go', timeZone: 'europe/berlin' })).toMatchObject({
      value: { timeZone: 'Europe/Berlin' },
    });
    for (const timeZone of [undefined, null]) {
      expect(cleanSubmission({ prompt: 'go', timeZone })).toMatchObject({ value: { timeZone: null } });
    }
    expect(codesOf({ prompt: 'go', timeZone: '' })).toEqual(['VALIDATION input.timeZone']);
  });

  it('takes the default agent when none or null is given', () => {
    for (const agent of [undefined, null]) {
      expect(cleanSubmission({ prompt: 'go', agent })).toMatchObject({ value: { agent: 'workflow-builder' } });
    }
  });

  it('refuses an idempotency key that is empty or holds control characters', () => {
    for (const idempotencyKey of ['', ' k', 'a\u0000b']) {
      expect(codesOf({ prompt: 'go', idempotencyKey })).toEqual(['VALIDATION input.idempotencyKey']);
    }
  });
});

describe('cleaning titles', () => {
  it('puts a title on one line', () => {
    expect(cleanTitle('  Two\n  words ')).toEqual({ kind: 'clean', value: 'Two words' });
  });

  it('takes out what would turn or hide text', () => {
    expect(cleanTitle('a\u202eb\u200bc')).toEqual({ kind: 'clean', value: 'abc' });
  });

  it('refuses a title that is blank or too long', () => {
    expect(cleanTitle(' \u0000 ').kind).toBe('refused');
    expect(cleanTitle('x'.repeat(limits.titleChars + 1)).kind).toBe('refused');
  });
});
