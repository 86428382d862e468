import { describe, expect, it } from 'vitest';
import { relativeTime } from './relative-time.js';

const at = '2026-03-01T12:00:00Z';
const later = (seconds: number) => relativeTime(at, Date.parse(at) + seconds * 1_000);

describe('relativeTime', () => {
  it('speaks as people do', () => {
    expect([later(3), later(130), later(7_300), later(90_000), later(86_400 * 70)]).toEqual([
      'just now',
      '2 minutes ago',
      '2 hours ago',
      'yesterday',
      '2 months ago',
    ]);
  });

  it('never speaks of the future when clocks differ', () => {
    expect(later(-30)).toBe('just now');
  });
});
