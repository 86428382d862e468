import { describe, expect, it } from 'vitest';
import { dayAsked, whenAsked } from './when-asked.js';

const startedAt = new Date('2026-11-29T23:30:00Z');

describe('what a model is told of when it was asked', () => {
  it('is the date and time where the prompt was written', () => {
    expect(whenAsked({ startedAt, timeZone: 'Europe/Berlin' })).toBe(
      'The request was made on Monday, November 30, 2026 at 00:30 in the time zone Europe/Berlin, which every date and time in it refers to.',
    );
    expect(dayAsked({ startedAt, timeZone: 'Europe/Berlin' })).toBe('2026-11-30');
    expect(dayAsked({ startedAt, timeZone: 'America/New_York' })).toBe('2026-11-29');
  });

  it('is in UTC, and says so, where the time zone is not known', () => {
    expect(whenAsked({ startedAt, timeZone: null })).toBe(
      'The request was made on Sunday, November 29, 2026 at 23:30 UTC; the time zone of whoever made it is not known.',
    );
    expect(dayAsked({ startedAt, timeZone: null })).toBe('2026-11-29');
  });
});
