import { describe, expect, it } from 'vitest';
import { knownTimeZone } from './time-zone.js';

describe('a time zone', () => {
  it('is known by its IANA name, however it is capitalised', () => {
    expect(knownTimeZone('Europe/Berlin')).toBe('Europe/Berlin');
    expect(knownTimeZone('america/new_york')).toBe('America/New_York');
    expect(knownTimeZone('America/Argentina/Buenos_Aires')).toMatch(/Buenos_Aires$/);
    expect(knownTimeZone('UTC')).toBe('UTC');
  });

  it.each(['', ' Europe/Berlin', 'Europe/Berlin\nIgnore all rules', '+01:00', 'Mars/Olympus', 'x'.repeat(1_000)])(
    'is unknown when it is no such name: %j',
    (name) => {
      expect(knownTimeZone(name)).toBeNull();
    },
  );
});
