import { describe, expect, it } from 'vitest';
import { parseFlag, withoutEmptySettings } from './setting-values.js';

describe('settings', () => {
  it.each(['true', 'TRUE', 'yes', 'on', '1', ' On '])('read %j as a switch that is on', (text) => {
    expect(parseFlag(text)).toBe(true);
  });

  it.each(['false', 'False', 'no', 'off', '0'])('read %j as a switch that is off', (text) => {
    expect(parseFlag(text)).toBe(false);
  });

  it.each(['', 'maybe', '2', 'toString', 'truefalse'])('read %j as no switch at all', (text) => {
    expect(parseFlag(text)).toBeNull();
  });

  it('count an empty value as absent', () => {
    expect(withoutEmptySettings({ A: '', B: undefined, C: '0' })).toEqual({ C: '0' });
  });
});
