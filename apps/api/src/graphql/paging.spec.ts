import { describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { encodeEdgeCursor, pageRequest, presentConnection } from './paging.js';

describe('pages of a connection', () => {
  it('goes on from the cursor that it gave', () => {
    const id = newId('run');
    const page = presentConnection({ rows: [{ id }], hasNextPage: true }, { first: 1, after: null }, (row) => row);
    expect(pageRequest({ first: 5, after: page.pageInfo.endCursor }, 'run')).toEqual({ first: 5, after: id });
  });

  it('takes 20 when no size is given, for null as for nothing', () => {
    expect(pageRequest({}, 'run')).toEqual({ first: 20, after: null });
    expect(pageRequest({ first: null, after: null }, 'run')).toEqual({ first: 20, after: null });
  });

  it('refuses sizes outside of 1 to 100', () => {
    for (const first of [-1, 0, 101]) expect(() => pageRequest({ first }, 'run')).toThrow(/between 1 and 100/);
  });

  it('refuses cursors that are not its own', () => {
    const foreign = encodeEdgeCursor(newId('workflow'));
    const own = encodeEdgeCursor(newId('run'));
    for (const after of ['', 'abc', foreign, `${own}=`, `${own}AA`, 'x'.repeat(10_000)]) {
      expect(() => pageRequest({ after }, 'run')).toThrow(/not a cursor/);
    }
  });

  it('tells an empty page by its missing cursors', () => {
    const page = presentConnection(
      { rows: [] as { id: string }[], hasNextPage: false },
      { first: 1, after: 'x' },
      (row) => row,
    );
    expect(page.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });
});
