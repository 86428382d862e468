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
    ['a pattern with flags', z.string().regex(/^\p{Lu}/u)],
    ['an address of one protocol', z.object({ url: z.url({ protocol: /^https$/ }) })],
    ['an address on the web', z.httpUrl()],
    ['a check of a property', z.object({ name: z.string() }).check(z.property('name', z.string().min(2)))],
  ])('is refused when an answer could pass JSON Schema and not the schema itself: %s', (_, schema) => {
    expect(() => payloadSchema('approval', schema)).toThrow(FatalError);
    expect(() => payloadSchema('approval', schema)).toThrow('The schema of the hook "approval" refines or transforms');
  });

  it.each<[string, z.ZodType, unknown, unknown]>([
    ['several patterns', z.string().startsWith('a').endsWith('z'), 'abz', 'abc'],
    ['a date with a pattern', z.iso.date().regex(/^2026/), '2026-01-01', '2025-01-01'],
    [
      'several patterns behind others',
      z.object({ a: z.string().regex(/a/).regex(/b/).nullish().describe('A') }),
      {},
      { a: 'a' },
    ],
    ['a record of known keys', z.record(z.enum(['a', 'b']), z.number()), { a: 1, b: 2 }, { a: 1 }],
    ['a record of records', z.record(z.literal('a'), z.record(z.literal('b'), z.int())), { a: { b: 1 } }, { a: {} }],
  ])('asks for as much as the schema itself: %s', (_, schema, fitting, unfit) => {
    const stored = z.fromJSONSchema(payloadSchema('approval', schema) as Parameters<typeof z.fromJSONSchema>[0]);
    for (const reader of [schema, stored]) {
      expect(reader.safeParse(fitting).data).toEqual(fitting);
      expect(reader.safeParse(unfit).success).toBe(false);
    }
  });
});

describe('durations', () => {
  it('are milliseconds or text, within bounds', () => {
    expect([durationMs(1.4), durationMs('90s'), durationMs('1h30m')]).toEqual([1, 90_000, 5_400_000]);
    for (const bad of [-1, Number.NaN, 'soon', '4000d']) expect(() => durationMs(bad)).toThrow(FatalError);
  });
});
