import type { Client, Sink } from 'graphql-ws/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askInstead } from './live-connections.js';
import { watch } from './watching.js';

type Answer = { data?: unknown; errors?: unknown };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A socket whose subscriptions do what the test says. */
function scripted() {
  const sinks: Sink<Answer>[] = [];
  const end = vi.fn();
  const socket = {
    subscribe: (_operation: unknown, sink: Sink<Answer>) => {
      sinks.push(sink);
      return end;
    },
  } as unknown as Client;
  const told = { next: vi.fn(), resumed: vi.fn(), refused: vi.fn() };
  const disposal = new AbortController();
  let wake: () => void = () => undefined;
  const connectivity = {
    isOnline: () => true,
    onWake: (callback: () => void) => {
      wake = callback;
      return () => undefined;
    },
  };
  const stop = watch({ socket, connectivity, signal: disposal.signal, random: () => 0.999 }, { query: 'q' }, told);
  return { sinks, end, told, stop, disposal, wake: () => wake(), last: () => sinks.at(-1) as Sink<Answer> };
}

describe('watch', () => {
  it('gives what arrives, comes back after a loss, and says that something may have been missed', async () => {
    const { sinks, told, last } = scripted();
    last().next({ data: { n: 1 } });
    expect(told.next).toHaveBeenCalledWith({ n: 1 });
    last().error({ code: 1012, reason: 'Service restart' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sinks).toHaveLength(2);
    expect(told.resumed).toHaveBeenCalledTimes(1);
    last().next({ data: { n: 2 } });
    expect(told.next).toHaveBeenLastCalledWith({ n: 2 });
  });

  it('waits longer after each loss, and tries at once when the device wakes', async () => {
    const { sinks, last, wake } = scripted();
    for (let time = 0; time < 8; time++) {
      last().complete();
      await vi.advanceTimersByTimeAsync(4_000);
    }
    expect(sinks).toHaveLength(9);
    last().complete();
    await vi.advanceTimersByTimeAsync(3_900);
    expect(sinks).toHaveLength(9);
    wake();
    expect(sinks).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sinks).toHaveLength(10);
  });

  it('asks from time to time where nothing is told, at once when the device wakes, and does not think of that as a loss', async () => {
    const { sinks, told, last, wake } = scripted();
    for (let time = 1; time <= 5; time++) {
      last().error(askInstead);
      await vi.advanceTimersByTimeAsync(14_999);
      expect(told.resumed).toHaveBeenCalledTimes(time - 1);
      await vi.advanceTimersByTimeAsync(10_001);
      expect(told.resumed).toHaveBeenCalledTimes(time);
    }
    last().error(askInstead);
    wake();
    expect(told.resumed).toHaveBeenCalledTimes(6);
    last().complete();
    await vi.advanceTimersByTimeAsync(800);
    expect(sinks).toHaveLength(8);
    expect(told.refused).not.toHaveBeenCalled();
  });

  it('does not come back when it was refused, and says why', async () => {
    const { sinks, told, last } = scripted();
    last().error([{ message: 'One connection may hold at most 50.', extensions: { code: 'LIMIT_EXCEEDED' } }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sinks).toHaveLength(1);
    expect(told.refused).toHaveBeenCalledWith('One connection may hold at most 50.');
  });

  it.each([
    ['stop', undefined],
    ['dispose', undefined],
    ['stop', askInstead],
    ['dispose', askInstead],
  ] as const)('ends for good on %s, also while it waits', async (way, error) => {
    const { sinks, told, stop, disposal, last, end } = scripted();
    if (error) last().error(error);
    else last().complete();
    if (way === 'stop') stop();
    else disposal.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sinks).toHaveLength(1);
    expect(end).toHaveBeenCalled();
    last().next({ data: { n: 1 } });
    expect(told.next).not.toHaveBeenCalled();
  });
});
