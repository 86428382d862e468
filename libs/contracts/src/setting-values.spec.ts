import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flagWords, withoutEmptySettings } from './setting-values.js';

const flag = z.string().trim().pipe(z.stringbool(flagWords));

describe('settings', () => {
  it.each(['true', 'TRUE', 'yes', 'on', '1', ' On '])('read %j as a switch that is on', (text) => {
    expect(flag.parse(text)).toBe(true);
  });

  it.each(['false', 'False', 'no', 'off', '0'])('read %j as a switch that is off', (text) => {
    expect(flag.parse(text)).toBe(false);
  });

  it.each(['', 'maybe', '2', 'toString', 'truefalse'])('read %j as no switch at all', (text) => {
    expect(flag.safeParse(text).error?.issues).toMatchObject([{ message: flagWords.error }]);
  });

  it('count an empty value as absent', () => {
    expect(withoutEmptySettings({ A: '', B: undefined, C: '0' })).toEqual({ C: '0' });
  });
});
