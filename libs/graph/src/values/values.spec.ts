import { describe, expect, it } from 'vitest';
import { cronProblem } from './cron.js';
import { parseDuration } from './duration.js';

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['3d', 259_200_000],
    ['2w', 1_209_600_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['PT15M', 900_000],
    ['P3DT1H', 262_800_000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '15', 'soon', '0s', '-1m', 'P', 'PT', '15 minutes', '99999d', `${'1s'.repeat(50)}`])(
    'refuses "%s"',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('cronProblem', () => {
  it.each(['0 8 * * 1', '*/15 * * * *', '30 9 * * mon-fri', '0 0 1,15 JAN-MAR 7', '0 */6 * * *'])(
    'accepts %s',
    (text) => {
      expect(cronProblem(text)).toBeNull();
    },
  );

  it.each([
    ['', /five fields/],
    ['every monday', /five fields/],
    ['0 8 * * 1 *', /five fields/],
    ['60 8 * * *', /minute/],
    ['0 24 * * *', /hour/],
    ['0 8 0 * *', /day of month/],
    ['0 8 * foo *', /month/],
    ['0 8 * * 5-1', /day of week/],
    ['*/0 * * * *', /minute/],
    ['1/2/3 * * * *', /minute/],
  ])('refuses "%s" and says where', (text, where) => {
    expect(cronProblem(text)).toMatch(where);
  });
});
