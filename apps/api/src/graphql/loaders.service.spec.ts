import { describe, expect, it } from 'vitest';
import type { UserId } from '#libs/contracts';
import { loaderByOwner } from './loaders.service.js';

const me = 'usr_me' as UserId;
const you = 'usr_you' as UserId;
const mine = (id: string) => ({ ownerId: me, id });

describe('reading rows together', () => {
  it('asks once for all keys of a turn, without repeats, and answers null for what is missing', async () => {
    const reads: [string, string[]][] = [];
    const loader = loaderByOwner<string, number>(async (scope, keys) => {
      reads.push([scope, keys]);
      return new Map([['a', 1]]);
    });
    const values = await Promise.all([loader.load(mine('a')), loader.load(mine('b')), loader.load(mine('a'))]);
    expect(values).toEqual([1, null, 1]);
    expect(reads).toEqual([[me, ['a', 'b']]]);
  });

  it('never mixes owners and never keeps a value for a later turn', async () => {
    const reads: string[] = [];
    const loader = loaderByOwner<string, number>(async (scope) => {
      reads.push(scope);
      return new Map();
    });
    await Promise.all([loader.load(mine('a')), loader.load({ ownerId: you, id: 'a' })]);
    await loader.load(mine('a'));
    expect(reads).toEqual([me, you, me]);
  });

  it('rejects every waiting load of an owner whose read fails, and of no other', async () => {
    const loader = loaderByOwner<string, number>(async (ownerId) => {
      if (ownerId === me) throw new Error('away');
      return new Map([['a', 1]]);
    });
    const asked = [loader.load(mine('a')), loader.load({ ownerId: you, id: 'a' }), loader.load(mine('b'))];
    const results = await Promise.allSettled(asked);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });
});
