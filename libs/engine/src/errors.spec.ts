import { describe, expect, it } from 'vitest';
import { FatalError, OutputLimitError, RetryableError, retryDelayMs } from './errors.js';
import { STEP_RETRIES, timings } from './timings.js';

const retries = Array.from({ length: STEP_RETRIES }, (_, index) => index + 1);
const { retryBaseMs } = timings;

describe('the pauses between tries', () => {
  it.each([
    ['a retryable error', new RetryableError('STEP_FAILED')],
    ['an error of unknown kind', new Error('?')],
    ['what is no error', 'text'],
  ])('double after %s, with jitter, until there are no more tries', (_what, error) => {
    expect(retries.map((tryNumber) => retryDelayMs(error, tryNumber, STEP_RETRIES, () => 1))).toEqual(
      [1, 2, 4].map((n) => n * retryBaseMs),
    );
    expect(retries.map((tryNumber) => retryDelayMs(error, tryNumber, STEP_RETRIES, () => 0))).toEqual(
      [0.5, 1, 2].map((n) => n * retryBaseMs),
    );
    expect(retryDelayMs(error, STEP_RETRIES + 1)).toBeNull();
  });

  it('are as many as the step allows', () => {
    expect(retryDelayMs(new RetryableError('STEP_FAILED'), 1, 0)).toBeNull();
  });

  it('are as long as the error says, up to a limit past which it is final', () => {
    const delayAfter = (retryAfterMs: number) => retryDelayMs(new RetryableError('STEP_FAILED', { retryAfterMs }), 1);
    expect(delayAfter(0)).toBe(0);
    expect(delayAfter(timings.retryAfterMaxMs)).toBe(timings.retryAfterMaxMs);
    expect(delayAfter(timings.retryAfterMaxMs + 1)).toBeNull();
  });

  it.each([new FatalError('STEP_FAILED'), new OutputLimitError('too large')])('do not exist after %s', (error) => {
    expect(retryDelayMs(error, 1)).toBeNull();
  });
});
