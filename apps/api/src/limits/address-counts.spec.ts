import { describe, expect, it } from 'vitest';
import { AddressCounts } from './address-counts.js';

describe('what addresses hold', () => {
  it('is limited for each address by itself', () => {
    const counts = new AddressCounts(2);
    expect([counts.enter('a'), counts.enter('a'), counts.enter('b')]).not.toContain(null);
    expect(counts.enter('a')).toBeNull();
    expect(counts.enter('b')).not.toBeNull();
  });

  it('is given back once, however often that is said', () => {
    const counts = new AddressCounts(2);
    const leave = counts.enter('a');
    counts.enter('a');
    leave?.();
    leave?.();
    expect(counts.enter('a')).not.toBeNull();
    expect(counts.enter('a')).toBeNull();
  });

  it('is forgotten with the last of it', () => {
    const counts = new AddressCounts(1);
    for (let number = 0; number < 1_000; number += 1) counts.enter(`address ${number}`)?.();
    expect(counts.addresses).toBe(0);
  });

  it('may be without a limit', () => {
    const counts = new AddressCounts(null);
    expect(Array.from({ length: 1_000 }, () => counts.enter('a'))).not.toContain(null);
  });
});
