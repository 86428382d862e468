import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BurstPace } from './burst-pace.js';

const GATHER_MS = 5;
const [one, other, third] = [{}, {}, {}];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the pace of bursts', () => {
  it('never makes a stream wait that is alone, however fast it is', () => {
    const pace = new BurstPace(GATHER_MS);
    for (let piece = 0; piece < 10; piece += 1) expect(pace.turn(one)).toBeNull();
  });

  it('lets streams that come soon after each other go on together', async () => {
    const pace = new BurstPace(GATHER_MS);
    expect(pace.turn(one)).toBeNull();
    const gone: string[] = [];
    void pace.turn(other)?.then(() => gone.push('other'));
    vi.advanceTimersByTime(GATHER_MS - 1);
    void pace.turn(third)?.then(() => gone.push('third'));
    await Promise.resolve();
    expect(gone).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(gone).toEqual(['other', 'third']);
  });

  it('is over when the others are: the stream that is left waits once at most', async () => {
    const pace = new BurstPace(GATHER_MS);
    pace.turn(one);
    void pace.turn(other);
    void pace.turn(one);
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    const last = pace.turn(one);
    expect(last).not.toBeNull();
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    await last;
    expect(pace.turn(one)).toBeNull();
    vi.advanceTimersByTime(GATHER_MS);
    expect(pace.turn(other)).toBeNull();
  });
});
