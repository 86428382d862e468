import { describe, expect, it } from 'vitest';
import { reconnectDelayMs } from './reconnect-delay.js';

describe('reconnectDelayMs', () => {
  it('spreads tries over the whole range from zero', () => {
    expect(reconnectDelayMs(3, 0)).toBe(0);
    expect(reconnectDelayMs(3, 0.5)).toBe(1_600);
  });

  it('doubles its bound with each failed try up to a cap, which is low while somebody looks', () => {
    const bounds = (watched: boolean) => [1, 2, 3, 20, 5_000].map((attempt) => reconnectDelayMs(attempt, 1, watched));
    expect(bounds(true)).toEqual([800, 1_600, 3_200, 4_000, 4_000]);
    expect(bounds(false)).toEqual([800, 1_600, 3_200, 15_000, 15_000]);
  });
});
