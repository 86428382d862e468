import { describe, expect, it } from 'vitest';
import { joinPages } from './workflow-pages.js';

const page = (ids: string[], hasNextPage: boolean) => ({
  nodes: ids.map((id) => ({ __ref: `Workflow:wf_${id}` })),
  pageInfo: { hasNextPage, endCursor: ids.at(-1) ?? null },
});
const ids = (joined: ReturnType<typeof joinPages>) =>
  joined.nodes.map((node) => node.__ref.slice('Workflow:wf_'.length));

describe('joinPages', () => {
  it('adds a further page behind what is there', () => {
    const joined = joinPages(page(['9', '8'], true), page(['7', '6'], false), false);
    expect(ids(joined)).toEqual(['9', '8', '7', '6']);
    expect(joined.pageInfo.hasNextPage).toBe(false);
  });

  it('keeps further pages when the first one is refreshed', () => {
    const before = joinPages(page(['8', '7'], true), page(['6', '5'], true), false);
    const joined = joinPages(before, page(['9', '8'], true), true);
    expect(ids(joined)).toEqual(['9', '8', '7', '6', '5']);
    expect(joined.pageInfo.endCursor).toBe('5');
  });

  it('begins anew when so much is new that rows would be missing in between', () => {
    const joined = joinPages(page(['3', '2', '1'], false), page(['9', '8'], true), true);
    expect(ids(joined)).toEqual(['9', '8']);
    expect(joined.pageInfo).toEqual({ hasNextPage: true, endCursor: '8' });
  });

  it('forgets what was deleted from the first page', () => {
    const joined = joinPages(page(['9', '8', '7'], true), page(['9', '7'], true), true);
    expect(ids(joined)).toEqual(['9', '7']);
  });

  it('forgets everything behind a first page that is the last', () => {
    expect(ids(joinPages(page(['9', '8'], true), page(['9'], false), true))).toEqual(['9']);
  });

  it("keeps the server's order, whatever ids look like", () => {
    const before = joinPages(page(['5', '9', '2'], true), page(['7', '1', '8'], true), false);
    expect(ids(joinPages(before, page(['0', '5', '9'], true), true))).toEqual(['0', '5', '9', '2', '7', '1', '8']);
    expect(ids(joinPages(before, page(['5', '2', '7'], true), true))).toEqual(['5', '2', '7', '1', '8']);
  });

  it('keeps nothing that was deleted when the first page reaches further than all that was there', () => {
    const joined = joinPages(page(['5', '9', '2'], true), page(['5', '2', '7'], true), true);
    expect(ids(joined)).toEqual(['5', '2', '7']);
    expect(joined.pageInfo.endCursor).toBe('7');
  });
});
