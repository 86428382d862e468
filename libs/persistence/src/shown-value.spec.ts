import { describe, expect, it } from 'vitest';
import { jsonBytes, limits, redactSecrets } from '#libs/contracts';
import { shownValue } from './shown-value.js';

describe('what people are shown', () => {
  it('hides the values of keys that name a secret, at any depth', () => {
    const input = { url: 'https://example.org', headers: [{ Authorization: 'Bearer abc' }], nested: { apiKey: 'k' } };
    expect(redactSecrets(input)).toEqual({
      url: 'https://example.org',
      headers: [{ Authorization: '[redacted]' }],
      nested: { apiKey: '[redacted]' },
    });
  });

  it.each([
    ['password', 'passwd', 'db_pwd', 'passphrase', 'clientSecret', 'accessToken'],
    ['apiKey', 'api-key', 'ACCESS_KEY', 'accessKeyId', 'privateKey', 'private_key'],
    ['credential', 'credentials', 'Cookie', 'set-cookie', 'bearer', 'Authorization', 'encryptedContent'],
  ])('hides %s, %s, %s and their like', (...keys) => {
    for (const key of keys) expect(redactSecrets({ [key]: 'hunter2' })).toEqual({ [key]: '[redacted]' });
  });

  it('hides nothing that only reminds of a secret', () => {
    const input = { key: 'a', author: 'b', keyboard: 'c', monkeys: 2, passed: 'd', accessible: 'e' };
    expect(redactSecrets(input)).toEqual(input);
  });

  it('hides a whole object under such a key', () => {
    expect(redactSecrets({ client_secret: { value: 'x' }, 'api-key': ['a'] })).toEqual({
      client_secret: '[redacted]',
      'api-key': '[redacted]',
    });
  });

  it('keeps counters, switches and empty values readable', () => {
    const input = { maxOutputTokens: 4096, usesToken: true, password: null };
    expect(redactSecrets(input)).toEqual(input);
  });

  it('hides a number under a key that names a secret', () => {
    expect(redactSecrets({ password: 1234 })).toEqual({ password: '[redacted]' });
  });

  it('replaces what is too large by its beginning and a note, within the limit', () => {
    const stored = shownValue({ text: '\n"é'.repeat(limits.storedValueBytes) }) as { note: string; text: string };
    expect(jsonBytes(stored)).toBeLessThanOrEqual(limits.storedValueBytes);
    expect(stored.note).toMatch(/\d+ bytes/);
    expect(stored.text.startsWith('{"text":')).toBe(true);
  });

  it('keeps what is just small enough whole', () => {
    const text = 'x'.repeat(limits.storedValueBytes - 2);
    expect(shownValue(text)).toBe(text);
  });
});
