import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCursors, cursorAt, cursorParts, decodeCursor, encodeCursor, ORIGIN_CURSOR } from './cursor.js';
import { newId } from './ids.js';

const part = fc.integer({ min: 0, max: 1_000_000 });

describe('cursors', () => {
  it('come back from their text unchanged', () => {
    const workflowId = newId('workflow');
    fc.assert(
      fc.property(part, part, (epoch, seq) => {
        const cursor = cursorAt(epoch, seq);
        expect(decodeCursor(workflowId, encodeCursor(workflowId, cursor))).toEqual({ kind: 'cursor', cursor });
        expect(cursorParts(cursor)).toEqual({ epoch, seq });
      }),
    );
  });

  it('are ordered by epoch, then by sequence', () => {
    fc.assert(
      fc.property(part, part, part, part, (e1, s1, e2, s2) => {
        const expected = Math.sign(e1 - e2 || s1 - s2);
        expect(Math.sign(compareCursors(cursorAt(e1, s1), cursorAt(e2, s2)))).toBe(expected);
      }),
    );
  });

  it('of another workflow are recognised', () => {
    expect(decodeCursor(newId('workflow'), encodeCursor(newId('workflow'), ORIGIN_CURSOR))).toEqual({
      kind: 'foreign',
    });
  });

  it('that this API never made are malformed, whatever they hold', () => {
    const workflowId = newId('workflow');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeCursor(workflowId, text).kind).toBe('malformed');
      }),
    );
    expect(decodeCursor(workflowId, '9'.repeat(100_000)).kind).toBe('malformed');
  });
});
