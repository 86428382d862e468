import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BurstPace } from './burst-pace.js';
import { timings } from './timings.js';

const GATHER_MS = 5;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Streams in the middle of their answers, none of which went on within the last `GATHER_MS`. */
function streaming() {
  const pace = new BurstPace(GATHER_MS);
  const streams = [{}, {}, {}] as const;
  for (const stream of streams) pace.turn(stream);
  vi.advanceTimersByTime(GATHER_MS);
  return { pace, streams };
}

describe('the pace of bursts', () => {
  it('never makes a stream wait that is alone, however fast it is', () => {
    const { pace, streams } = streaming();
    for (let piece = 0; piece < 10; piece += 1) expect(pace.turn(streams[0])).toBeNull();
  });

  it('lets streams that come soon after each other go on together', async () => {
    const { pace, streams } = streaming();
    expect(pace.turn(streams[0])).toBeNull();
    const gone: string[] = [];
    void pace.turn(streams[1])?.then(() => gone.push('other'));
    vi.advanceTimersByTime(GATHER_MS - 1);
    void pace.turn(streams[2])?.then(() => gone.push('third'));
    await Promise.resolve();
    expect(gone).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(gone).toEqual(['other', 'third']);
  });

  it('never makes the first piece wait, nor the first after a pause, whatever the others do', () => {
    const { pace, streams } = streaming();
    vi.advanceTimersByTime(timings.gatherPauseMs + 1);
    pace.turn(streams[0]);
    expect(pace.turn({})).toBeNull();
    expect(pace.turn(streams[0])).not.toBeNull();
    expect(pace.turn(streams[1])).toBeNull();
    expect(pace.turn(streams[1])).not.toBeNull();
  });

  it('is over when the others are: the stream that is left waits once at most', async () => {
    const {
      pace,
      streams: [one, other],
    } = streaming();
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
