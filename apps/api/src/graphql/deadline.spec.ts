import { describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

const never = new Promise<never>(() => undefined);
const refused = expect.objectContaining({ code: 'UNAVAILABLE' });

describe('a deadline', () => {
  it('ends every wait that it finds with one refusal, and lets nothing begin behind it', async () => {
    const deadline = new Deadline(20);
    deadline.check();
    const waits = [deadline.within(never), deadline.within(never), deadline.within(Promise.resolve('in time'))];
    expect(await Promise.allSettled(waits)).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
      { status: 'fulfilled', value: 'in time' },
    ]);
    expect(deadline.missed).toBe(true);
    expect(() => deadline.check()).toThrow(refused);
  });

  it('has passed once it has refused anybody, although the clock lags behind its timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const deadline = new Deadline(60_000);
      const wait = deadline.within(never);
      vi.advanceTimersByTime(60_000);
      await expect(wait).rejects.toEqual(refused);
      expect(() => deadline.check()).toThrow(refused);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that is extended ends what was waited for already so much later', async () => {
    vi.useFakeTimers();
    try {
      const deadline = new Deadline(20);
      const wait = deadline.within(never);
      wait.catch(() => undefined);
      deadline.extend(1_000);
      vi.advanceTimersByTime(1_000);
      expect(deadline.missed).toBe(false);
      deadline.check();
      vi.advanceTimersByTime(20);
      await expect(wait).rejects.toEqual(refused);
      expect(deadline.missed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is of no consequence for what was answered in time, and keeps no timer behind it', async () => {
    vi.useFakeTimers();
    try {
      const deadline = new Deadline(20);
      await expect(deadline.within(Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(await deadline.within(Promise.resolve(1))).toBe(1);
      await Promise.resolve();
      expect(vi.getTimerCount()).toBe(0);
      expect(deadline.missed).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});
