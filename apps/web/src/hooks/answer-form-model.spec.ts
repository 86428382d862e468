import { describe, expect, it } from 'vitest';
import { answerFormOf, payloadOf } from './answer-form-model.js';

const approval = {
  type: 'object',
  properties: {
    approved: { type: 'boolean', description: 'Approve' },
    comment: { type: 'string', maxLength: 2_000, description: 'What should change?' },
  },
  required: ['approved'],
};
const order = {
  type: 'object',
  properties: {
    seatClass: { type: 'string', enum: ['economy', 'business'] },
    bags: { type: 'integer' },
    insured: { type: 'boolean' },
  },
  required: ['seatClass', 'bags'],
};

describe('answerFormOf', () => {
  it('makes the one required yes or no the two buttons that send', () => {
    expect(answerFormOf(approval)).toEqual({
      decision: { name: 'approved' },
      fields: [{ name: 'comment', label: 'What should change?', kind: 'text', options: [], required: false }],
    });
  });

  it('asks for choices, numbers and switches by fields', () => {
    const form = answerFormOf(order);
    expect(form?.decision).toBeNull();
    expect(form?.fields.map(({ label, kind }) => [label, kind])).toEqual([
      ['Seat class', 'choice'],
      ['Bags', 'number'],
      ['Insured', 'boolean'],
    ]);
  });

  it.each([
    ['a list', { type: 'array' }],
    ['nested objects', { type: 'object', properties: { inner: { type: 'object' } } }],
    ['nothing', null],
    ['no fields', { type: 'object' }],
    ['mixed choices', { type: 'object', properties: { pick: { enum: ['a', 1] } } }],
  ])('leaves %s to be answered as JSON', (_what, schema) => {
    expect(answerFormOf(schema)).toBeNull();
  });
});

describe('payloadOf', () => {
  const approve = answerFormOf(approval);
  const form = answerFormOf(order);
  if (!approve || !form) throw new Error('There are no forms.');

  it('sends the decision, and a comment only when there is one', () => {
    expect(payloadOf(approve, { comment: '  ' }, true)).toEqual({ approved: true });
    expect(payloadOf(approve, { comment: ' shorter ' }, false)).toEqual({ approved: false, comment: 'shorter' });
  });

  it('is nothing while a required field is empty or no number', () => {
    expect(payloadOf(form, { seatClass: 'economy' }, true)).toBeNull();
    expect(payloadOf(form, { seatClass: 'economy', bags: 'many' }, true)).toBeNull();
    expect(payloadOf(form, { seatClass: 'economy', bags: '2', insured: true }, true)).toEqual({
      seatClass: 'economy',
      bags: 2,
      insured: true,
    });
  });
});
