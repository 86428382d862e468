import { describe, expect, it } from 'vitest';
import { encodeEdgeCursor, pageRequest, presentConnection } from './paging.js';

describe('pages of a connection', () => {
  it('goes on from the cursor that it gave', () => {
    const rows = { rows: ['a', 'b'], places: [41, 73], hasNextPage: true };
    const page = presentConnection(rows, { first: 2, after: null, kind: 'run' }, (row) => row);
    const request = pageRequest({ first: 5, after: page.pageInfo.endCursor }, 'run');
    expect(request).toEqual({ first: 5, after: 73, kind: 'run' });
  });

  it('takes 20 when no size is given, for null as for nothing', () => {
    expect(pageRequest({}, 'run')).toEqual({ first: 20, after: null, kind: 'run' });
    expect(pageRequest({ first: null, after: null }, 'run')).toEqual({ first: 20, after: null, kind: 'run' });
  });

  it('refuses sizes outside of 1 to 100', () => {
    for (const first of [-1, 0, 101]) expect(() => pageRequest({ first }, 'run')).toThrow(/between 1 and 100/);
  });

  it('refuses cursors that are not its own', () => {
    const foreign = encodeEdgeCursor('workflow', 7);
    const own = encodeEdgeCursor('run', 7);
    const numbers = ['', ' 7', '07', '1e1', '0x7', '7.5', '99999999999999999999'];
    const odd = numbers.map((number) => Buffer.from(`e2:run:${number}`).toString('base64url'));
    for (const after of ['', 'abc', foreign, ...odd, `${own}=`, `${own}AA`, 'x'.repeat(10_000)]) {
      expect(() => pageRequest({ after }, 'run')).toThrow(/not a cursor/);
    }
  });

  it('tells an empty page by its missing cursors', () => {
    const page = presentConnection(
      { rows: [] as string[], places: [], hasNextPage: false },
      { first: 1, after: 3, kind: 'run' },
      (row) => row,
    );
    expect(page.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });
});
