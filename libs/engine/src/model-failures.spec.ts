import { readFileSync } from 'node:fs';
import { APICallError } from 'ai';
import { describe, expect, it } from 'vitest';
import { ConnectTimeoutError, FatalError, RetryableError, retryDelayMs } from './errors.js';
import { modelFailures } from './model-failures.js';
import { errorOfFinishReason, toModelCallError } from './provider-errors.js';
import { timings } from './timings.js';

const outcomes = { retry: 'tried again', repair: 'told to the model', fail: 'ends the run' } as const;

function failedCall(statusCode: number | undefined, responseHeaders: Record<string, string> = {}): APICallError {
  return new APICallError({
    message: 'secret text',
    url: 'http://provider',
    requestBodyValues: {},
    responseHeaders,
    ...(statusCode !== undefined && { statusCode }),
  });
}

const codeOf = (error: Error | null) =>
  error instanceof FatalError || error instanceof RetryableError ? error.code : null;

describe('the failure table', () => {
  it('stands in docs/failures.md, row for row', () => {
    const document = readFileSync(new URL('../../../docs/failures.md', import.meta.url), 'utf8');
    const rows = Object.values(modelFailures).map(
      ({ what, outcome, code, detail }) => `| ${what} | ${outcomes[outcome]} | ${code ?? '—'} | ${detail} |`,
    );
    expect(document.split('\n').filter((line) => /^\| (?!what |-)/.test(line))).toEqual(rows);
  });

  it.each([
    [429, 'PROVIDER_RATE_LIMITED', true],
    [408, 'PROVIDER_UNAVAILABLE', true],
    [409, 'PROVIDER_UNAVAILABLE', true],
    [425, 'PROVIDER_UNAVAILABLE', true],
    [500, 'PROVIDER_UNAVAILABLE', true],
    [503, 'PROVIDER_UNAVAILABLE', true],
    [301, 'PROVIDER_REJECTED', false],
    [308, 'PROVIDER_REJECTED', false],
    [400, 'PROVIDER_REJECTED', false],
    [401, 'PROVIDER_REJECTED', false],
    [404, 'PROVIDER_REJECTED', false],
    [422, 'PROVIDER_REJECTED', false],
    [200, 'PROVIDER_INTERRUPTED', true],
    [undefined, 'PROVIDER_INTERRUPTED', true],
  ] as const)('turns status %s into %s', (status, code, retried) => {
    const error = toModelCallError(failedCall(status));
    expect(codeOf(error)).toBe(code);
    expect(error instanceof RetryableError).toBe(retried);
    expect(error.message).not.toContain('secret');
  });

  it.each([
    ['stop', null],
    ['tool-calls', null],
    ['length', 'OUTPUT_TOO_LONG'],
    ['content-filter', 'MODEL_REFUSED'],
    ['error', 'PROVIDER_UNAVAILABLE'],
    ['other', 'PROVIDER_INTERRUPTED'],
    [undefined, 'PROVIDER_INTERRUPTED'],
  ] as const)('reads finish reason %s as %s', (reason, code) => {
    expect(codeOf(errorOfFinishReason(reason))).toBe(code);
  });

  it.each([
    [new DOMException('late', 'TimeoutError'), 'PROVIDER_TIMEOUT'],
    [new ConnectTimeoutError(1), 'PROVIDER_TIMEOUT'],
    [
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'UND_ERR_CONNECT_TIMEOUT' }) }),
      'PROVIDER_TIMEOUT',
    ],
    [
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
      'PROVIDER_INTERRUPTED',
    ],
    [new TypeError('terminated'), 'PROVIDER_INTERRUPTED'],
    [new Error('anything else'), 'PROVIDER_UNAVAILABLE'],
  ] as const)('recognises %s as %s', (cause, code) => {
    expect(codeOf(toModelCallError(cause))).toBe(code);
  });

  it.each([
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EPROTO',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('knows %s for a lost connection, thrown by itself or as a cause', (code) => {
    const lost = Object.assign(new Error('secret host'), { code });
    for (const error of [lost, new Error('wrapped', { cause: lost })]) {
      expect(codeOf(toModelCallError(error))).toBe('PROVIDER_INTERRUPTED');
    }
  });

  it('obeys Retry-After up to its limit, in seconds, milliseconds and as a date', () => {
    const delayOf = (headers: Record<string, string>) => retryDelayMs(toModelCallError(failedCall(429, headers)), 1);
    expect(delayOf({ 'retry-after': '3' })).toBe(3_000);
    expect(delayOf({ 'retry-after': '3', 'retry-after-ms': '250' })).toBe(250);
    expect(delayOf({ 'retry-after': String(timings.retryAfterMaxMs / 1_000 + 1) })).toBeNull();
    const soon = delayOf({ 'retry-after': new Date(Date.now() + 20_000).toUTCString() });
    expect(soon).toBeGreaterThan(10_000);
    expect(soon).toBeLessThanOrEqual(20_000);
  });
});
