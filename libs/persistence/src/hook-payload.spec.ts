import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonValue, limits } from '#libs/contracts';
import { readPayload } from './hook-payload.js';

const jsonSchemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as JsonValue;
const anything = jsonSchemaOf(z.json());

/** A value nested this many levels deep. */
function nested(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

describe('an answer to a hook', () => {
  it('is read as its schema reads it: defaults are set, unknown keys are dropped, at any depth', () => {
    const schema = jsonSchemaOf(
      z.object({
        approved: z.boolean(),
        note: z.string().default('none'),
        people: z.array(z.object({ name: z.string() })),
      }),
    );
    const given = { approved: true, apiKey: 'hunter2', people: [{ name: 'Ada', password: 'hunter2' }] };
    expect(readPayload(schema, given)).toEqual({
      kind: 'fits',
      payload: { approved: true, note: 'none', people: [{ name: 'Ada' }] },
    });
  });

  it('keeps the keys of schemas that take any', () => {
    const schema = jsonSchemaOf(
      z.object({ any: z.looseObject({ a: z.string() }), map: z.record(z.string(), z.number()) }),
    );
    const given = { any: { a: 'a', b: 1 }, map: { x: 1 } };
    expect(readPayload(schema, given)).toEqual({ kind: 'fits', payload: given });
  });

  it('is refused with a reason when it is nested too deeply, before anything walks it', () => {
    expect(readPayload(anything, nested(limits.hookPayloadDepth))).toMatchObject({ kind: 'fits' });
    for (const levels of [limits.hookPayloadDepth + 1, 100_000]) {
      expect(readPayload(anything, nested(levels))).toEqual({
        kind: 'invalid',
        problems: [{ path: [], message: 'The payload is nested deeper than 64 levels.' }],
      });
    }
  });

  it('is refused with a reason when it has too many bytes', () => {
    const text = 'é'.repeat(limits.hookPayloadBytes / 2 - 1);
    expect(readPayload(anything, text)).toMatchObject({ kind: 'fits' });
    expect(readPayload(anything, `${text}é`)).toEqual({
      kind: 'invalid',
      problems: [{ path: [], message: 'The payload is larger than 64 KiB.' }],
    });
  });
});
