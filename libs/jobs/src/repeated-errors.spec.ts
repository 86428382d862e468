import { expect, it } from 'vitest';
import { RepeatedErrors } from './repeated-errors.js';

it('logs an error once, counts it, and tells the count with the next that is logged', () => {
  let now = 0;
  const errors = new RepeatedErrors(() => now);
  expect(errors.note(new Error('no'))).toEqual({ repeated: 0 });
  let logged = 0;
  for (let n = 0; n < 100_000; n += 1) if (errors.note(new Error('no'))) logged += 1;
  expect(logged).toBe(0);
  expect(errors.note(new Error('another'))).toEqual({ repeated: 0 });
  now = 60_000;
  expect(errors.note(new Error('no'))).toEqual({ repeated: 100_000 });
  expect(errors.note(new Error('no'))).toBeNull();
});

it('keeps a bounded number of kinds', () => {
  const errors = new RepeatedErrors(() => 0);
  for (let n = 0; n < 10_000; n += 1) errors.note(new Error(`error ${n}`));
  expect(errors.note(new Error('error 9999'))).toBeNull();
  expect(errors.note(new Error('error 0'))).toEqual({ repeated: 0 });
});
