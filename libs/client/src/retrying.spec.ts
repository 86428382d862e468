import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NetworkError, RefusalError, RequestError } from './errors.js';
import { backoffMs, retrying } from './retrying.js';

const unavailable = (retryAfterMs: number | null) =>
  new RequestError('Busy.', { code: 'UNAVAILABLE', retryable: true, retryAfterMs });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Fails with each of `failures` in turn, then succeeds. */
function failing(...failures: Error[]) {
  const attempt = vi.fn(() => {
    const failure = failures.shift();
    return failure ? Promise.reject(failure) : Promise.resolve('done');
  });
  return attempt;
}

const signal = new AbortController().signal;

describe('retrying', () => {
  it('tries again after failures that pass', async () => {
    const attempt = failing(new NetworkError('gone'), unavailable(null));
    const answer = retrying(attempt, { signal });
    await vi.runAllTimersAsync();
    expect(await answer).toBe('done');
    expect(attempt).toHaveBeenCalledTimes(3);
  });

  it('waits as long as the server asks for', async () => {
    const attempt = failing(unavailable(2_000));
    const answer = retrying(attempt, { signal, random: () => 0 });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(attempt).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toBe('done');
  });

  it('tells the failure at once when trying again cannot help or has to wait for long', async () => {
    const refusal = new RefusalError([{ code: 'CONFLICT', field: null, message: 'A run is going on.' }]);
    for (const failure of [refusal, unavailable(60_000), new TypeError('a mistake of ours')]) {
      const attempt = failing(failure);
      await expect(retrying(attempt, { signal })).rejects.toBe(failure);
      expect(attempt).toHaveBeenCalledTimes(1);
    }
  });

  it('gives up after four tries', async () => {
    const attempt = vi.fn(() => Promise.reject(new NetworkError('gone')));
    const answer = expect(retrying(attempt, { signal })).rejects.toMatchObject({ code: 'NETWORK' });
    await vi.runAllTimersAsync();
    await answer;
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it('begins no try when the first one was long ago', async () => {
    const attempt = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      throw unavailable(null);
    });
    const answer = expect(retrying(attempt, { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.runAllTimersAsync();
    await answer;
    expect(attempt).toHaveBeenCalledTimes(2);
  });

  it('stops waiting when it is called off', async () => {
    const stop = new AbortController();
    const answer = expect(
      retrying(failing(new NetworkError('gone')), { signal: stop.signal, random: () => 0.9 }),
    ).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(1);
    stop.abort(new Error('enough'));
    await answer;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('backoffMs', () => {
  it('spreads tries over the whole range from zero', () => {
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.5)).toBe(1_600);
  });

  it('doubles its bound with each failed try up to a cap, which is low while somebody looks', () => {
    const bounds = (watched: boolean) => [1, 2, 3, 20, 5_000].map((attempt) => backoffMs(attempt, 1, watched));
    expect(bounds(true)).toEqual([800, 1_600, 3_200, 4_000, 4_000]);
    expect(bounds(false)).toEqual([800, 1_600, 3_200, 15_000, 15_000]);
  });
});
