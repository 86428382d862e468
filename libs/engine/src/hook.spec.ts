import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FatalError } from './errors.js';
import { durationMs, payloadSchema } from './hook.js';

describe('the schema of a hook', () => {
  it('is stored as JSON Schema', () => {
    const schema = z.object({
      approved: z.boolean(),
      comment: z.string().max(500).optional(),
      url: z.url().default('x'),
    });
    expect(payloadSchema('approval', schema)).toMatchObject({
      type: 'object',
      properties: { approved: { type: 'boolean' }, comment: { maxLength: 500 } },
      required: ['approved'],
    });
  });

  it.each([
    ['a refinement', z.string().refine((text) => text !== 'no')],
    ['a refinement inside', z.object({ list: z.array(z.object({ n: z.number().check(() => undefined) })) })],
    ['a transform', z.string().transform(Number).pipe(z.number().min(5))],
    ['trimming', z.object({ text: z.string().trim().min(1) })],
  ])('is refused when an answer could pass JSON Schema and not the schema itself: %s', (_, schema) => {
    expect(() => payloadSchema('approval', schema)).toThrow(FatalError);
    expect(() => payloadSchema('approval', schema)).toThrow('The schema of the hook "approval" refines or transforms');
  });
});

describe('durations', () => {
  it('are milliseconds or text, within bounds', () => {
    expect([durationMs(1.4), durationMs('90s'), durationMs('1h30m')]).toEqual([1, 90_000, 5_400_000]);
    for (const bad of [-1, Number.NaN, 'soon', '4000d']) expect(() => durationMs(bad)).toThrow(FatalError);
  });
});
