import { describe, expect, it } from 'vitest';
import { BatchLoader } from './batch-loader.js';

describe('reading rows together', () => {
  it('asks once for all keys of a turn, without repeats, and answers null for what is missing', async () => {
    const reads: [string, string[]][] = [];
    const loader = new BatchLoader<string, number>(async (scope, keys) => {
      reads.push([scope, keys]);
      return new Map([['a', 1]]);
    });
    const values = await Promise.all([loader.load('me', 'a'), loader.load('me', 'b'), loader.load('me', 'a')]);
    expect(values).toEqual([1, null, 1]);
    expect(reads).toEqual([['me', ['a', 'b']]]);
  });

  it('never mixes owners and never keeps a value for a later turn', async () => {
    const reads: string[] = [];
    const loader = new BatchLoader<string, number>(async (scope) => {
      reads.push(scope);
      return new Map();
    });
    await Promise.all([loader.load('me', 'a'), loader.load('you', 'a')]);
    await loader.load('me', 'a');
    expect(reads).toEqual(['me', 'you', 'me']);
  });

  it('rejects every waiting load when the read fails', async () => {
    const loader = new BatchLoader<string, number>(async () => {
      throw new Error('away');
    });
    const results = await Promise.allSettled([loader.load('me', 'a'), loader.load('me', 'b')]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  });
});
