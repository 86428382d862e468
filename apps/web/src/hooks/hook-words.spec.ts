import { describe, expect, it } from 'vitest';
import { outcomeOf, outcomeWords, remarkOf, subjectOf } from './hook-words.js';

const schema = {
  type: 'object',
  properties: { approved: { type: 'boolean' }, comment: { type: 'string' } },
  required: ['approved'],
};
const answered = (payload: unknown) => ({ status: 'RESOLVED' as const, schema, payload });

describe('what became of a question', () => {
  it('is told by its answer', () => {
    expect(outcomeOf(answered({ approved: true }))).toBe('approved');
    expect(outcomeOf(answered({ approved: false }))).toBe('rejected');
    expect(outcomeOf({ status: 'RESOLVED', schema: { type: 'array' }, payload: [1] })).toBe('answered');
    expect(outcomeOf({ status: 'EXPIRED', schema, payload: null })).toBe('expired');
    expect(outcomeOf({ status: 'CANCELED', schema, payload: null })).toBe('canceled');
  });

  it('is said with who and what', () => {
    const rejected = answered({ approved: false, comment: 'shorter' });
    expect(outcomeWords(outcomeOf(rejected), 'you', remarkOf(rejected))).toBe('you asked for changes');
    expect(remarkOf(rejected)).toBe('shorter');
    expect(outcomeWords('rejected', 'Ada', '')).toBe('Ada said no');
    expect(outcomeWords('approved', 'you', '')).toBe('you approved it');
  });

  it.each([
    ['Publish draft 1? (226 characters)', 'Draft 1'],
    ['Book HF 123 for €226.00?', 'HF 123 for €226.00'],
    ['how-many', 'How-many'],
  ])('is about what the question %s asks', (title, subject) => {
    expect(subjectOf(title)).toBe(subject);
  });
});
