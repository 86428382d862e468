import { describe, expect, it } from 'vitest';
import { idKindOf, isId, newId } from './ids.js';

describe('ids', () => {
  it('of one process sort by creation', () => {
    const ids = Array.from({ length: 5_000 }, () => newId('run'));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('name their kind', () => {
    expect(idKindOf(newId('hook'))).toBe('hook');
    expect(isId('workflow', newId('workflow'))).toBe(true);
    expect(isId('workflow', newId('run'))).toBe(false);
  });

  it.each(['', 'wf_', 'wf_1', `wf_${'g'.repeat(32)}`, `WF_${'0'.repeat(32)}`, `wf_${'0'.repeat(33)}`, null, 7])(
    'do not take %j for an id',
    (text) => {
      expect(isId('workflow', text)).toBe(false);
    },
  );
});
