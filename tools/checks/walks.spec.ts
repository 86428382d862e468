import { describe, expect, it } from 'vitest';
import { findBrokenWalks } from './walks.ts';

const files: Record<string, string> = {
  'a.ts': 'export class Api { submit() { return this.store.save(); } }',
  'b.ts': 'export function save() { ring(); }\nconst ring = () => undefined;\nexport const store = { close() {} };',
};
const walk = (...lines: string[]) =>
  findBrokenWalks(['## Five walks', ...lines, '## Layout', '1. Ours'].join('\n'), (path) => files[path] ?? '');

describe('the check for walks', () => {
  it('accepts functions that are there, each named in one before it', () => {
    expect(
      walk(
        '1. `Api.submit` ([a](a.ts)): checks',
        '   the input',
        '2. `save` ([b](b.ts)): stores',
        '3. `ring` ([b](b.ts))',
      ),
    ).toEqual([]);
  });

  it('asks for no call across a line between items', () => {
    expect(walk('1. `ring` ([b](b.ts))', '', '*Over Redis:*', '', '2. `store.close` ([b](b.ts))')).toEqual([]);
  });

  it('finds a function that is not there any more', () => {
    expect(walk('1. `Api.send` ([a](a.ts))')).toEqual(['a.ts declares no Api.send']);
  });

  it('finds a function that nothing before it calls', () => {
    expect(walk('1. `ring` ([b](b.ts))', '2. `Api.submit` ([a](a.ts))')).toEqual([
      'nothing before it in its walk names Api.submit',
    ]);
  });

  it('finds an item that it cannot read, and a document without walks', () => {
    expect(walk('1. `ring` ([b](b.ts))', '2. `save` in b.ts')).toEqual([
      'this is no function with its file: 2. `save` in b.ts',
    ]);
    expect(walk('Nothing')).toEqual(['there is no walk below "## Five walks"']);
  });
});
