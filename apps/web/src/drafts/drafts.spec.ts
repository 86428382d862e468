import { describe, expect, it } from 'vitest';
import { keepDraft, readDraft } from './drafts.js';

function keeper(capacity = Number.POSITIVE_INFINITY) {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (value.length > capacity) throw new DOMException('full', 'QuotaExceededError');
      items.set(key, value);
    },
    removeItem: (key: string) => void items.delete(key),
    size: () => [...items.values()].join('').length,
  };
}

describe('drafts', () => {
  it('are kept by place until they are empty', () => {
    const storage = keeper();
    keepDraft(storage, 'start', 'one');
    keepDraft(storage, '__proto__', 'two');
    expect([readDraft(storage, 'start'), readDraft(storage, '__proto__'), readDraft(storage, 'toString')]).toEqual([
      'one',
      'two',
      '',
    ]);
    keepDraft(storage, 'start', '  ');
    keepDraft(storage, '__proto__', '');
    expect(storage.size()).toBe(0);
  });

  it('are bounded, the oldest going first', () => {
    const storage = keeper();
    for (let at = 0; at < 50; at += 1) keepDraft(storage, `place ${at}`, 'x'.repeat(100_000));
    expect(readDraft(storage, 'place 0')).toBe('');
    expect(readDraft(storage, 'place 49')).toHaveLength(64_000);
    expect(storage.size()).toBeLessThan(40 * 64_100);
  });

  it('do no harm where nothing can be kept, or something else is', () => {
    expect(readDraft(null, 'start')).toBe('');
    keepDraft(null, 'start', 'x');
    keepDraft(keeper(3), 'start', 'a long text');
    for (const odd of ['{', '{}', '[1]', '[["a"]]', '[["a", 1]]']) {
      expect(readDraft({ ...keeper(), getItem: () => odd }, 'a')).toBe('');
    }
  });
});
