import { describe, expect, it } from 'vitest';
import { joinPages, withWorkflow } from './workflow-pages.js';

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
});

describe('withWorkflow', () => {
  const workflow = (id: string) => ({ __ref: `Workflow:wf_${id}` });

  it('puts a workflow where its age belongs, and a known one nowhere else', () => {
    const list = page(['8', '6'], true);
    expect(ids(withWorkflow(list, workflow('9')))).toEqual(['9', '8', '6']);
    expect(ids(withWorkflow(list, workflow('7')))).toEqual(['8', '7', '6']);
    expect(withWorkflow(list, workflow('6'))).toBe(list);
  });

  it('leaves an older one to the page that is not loaded yet', () => {
    expect(ids(withWorkflow(page(['8', '6'], true), workflow('5')))).toEqual(['8', '6']);
    expect(ids(withWorkflow(page(['8', '6'], false), workflow('5')))).toEqual(['8', '6', '5']);
    expect(ids(withWorkflow(page([], false), workflow('5')))).toEqual(['5']);
  });
});
