import { describe, expect, it, vi } from 'vitest';
import { cursorAt } from '#libs/contracts';
import { SnapshotLoads } from './snapshot-loads.js';

function setup() {
  const started: PromiseWithResolvers<string>[] = [];
  const loads = new SnapshotLoads<string>();
  const loader = () => {
    const load = Promise.withResolvers<string>();
    started.push(load);
    return load.promise;
  };
  const untilStarted = (count: number) => vi.waitFor(() => expect(started.length).toBe(count), { interval: 1 });
  return { started, untilStarted, load: (atLeast: ReturnType<typeof cursorAt> | null) => loads.load(loader, atLeast) };
}

describe('SnapshotLoads', () => {
  it('shares one load among all who met the same marker', async () => {
    const { started, load } = setup();
    const results = [load(cursorAt(2, 0)), load(cursorAt(2, 0)), load(cursorAt(1, 0))];
    started[0]?.resolve('a');
    expect(await Promise.all(results)).toEqual(['a', 'a', 'a']);
    expect(started.length).toBe(1);
  });

  it('never gives a load that began before the marker was met', async () => {
    const { started, untilStarted, load } = setup();
    const early = load(cursorAt(1, 0));
    const late = load(cursorAt(2, 0));
    started[0]?.resolve('old');
    expect(await early).toBe('old');
    await untilStarted(2);
    started[1]?.resolve('new');
    expect(await late).toBe('new');
  });

  it('gathers all others in one load that begins after the running one', async () => {
    const { started, untilStarted, load } = setup();
    const first = load(null);
    const others = Array.from({ length: 50 }, () => load(null));
    expect(started.length).toBe(1);
    started[0]?.resolve('a');
    await first;
    await untilStarted(2);
    started[1]?.resolve('b');
    expect(new Set(await Promise.all(others))).toEqual(new Set(['b']));
    expect(started.length).toBe(2);
  });

  it('does not pass the failure of one load on to the next', async () => {
    const { started, untilStarted, load } = setup();
    const first = load(null);
    const second = load(null);
    started[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await untilStarted(2);
    started[1]?.resolve('b');
    expect(await second).toBe('b');
  });
});
