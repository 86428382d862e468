import { describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/contracts';
import { ChangeWatcher, MAX_WAITING_CHANGES, type WorkflowChange } from './change-watcher.js';

const changed = (workflowId = newId('workflow')): WorkflowChange => ({ workflowId, deleted: false });

describe('ChangeWatcher', () => {
  it('tells a workflow once that changed many times before it was asked for', async () => {
    const watcher = new ChangeWatcher(() => undefined);
    const [first, second] = [changed(), changed()];
    for (let time = 0; time < 3; time++) watcher.push([first, second]);
    expect((await watcher.next()).value).toEqual(first);
    expect((await watcher.next()).value).toEqual(second);
    const third = changed();
    const next = watcher.next();
    watcher.push([third]);
    expect((await next).value).toEqual(third);
  });

  it('keeps a bounded number of workflows for who does not ask, and forgets the oldest', async () => {
    const watcher = new ChangeWatcher(() => undefined);
    const changes = Array.from({ length: MAX_WAITING_CHANGES + 3 }, () => changed());
    for (const change of changes) watcher.push([change]);
    expect((await watcher.next()).value).toEqual(changes[3]);
  });

  it('tells that a workflow is gone, whatever was heard of it later', async () => {
    const watcher = new ChangeWatcher(() => undefined);
    const gone = { ...changed(), deleted: true };
    watcher.push([gone, changed(gone.workflowId)]);
    expect((await watcher.next()).value).toEqual(gone);
  });

  it('ends at once while somebody waits, and tells so once', async () => {
    const onEnd = vi.fn();
    const watcher = new ChangeWatcher(onEnd);
    const next = watcher.next();
    await watcher.return();
    await watcher.return();
    expect(await next).toEqual({ done: true, value: undefined });
    watcher.push([changed()]);
    expect(await watcher.next()).toEqual({ done: true, value: undefined });
    expect(onEnd).toHaveBeenCalledTimes(1);
  });
});
