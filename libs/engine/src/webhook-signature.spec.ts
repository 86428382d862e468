import { createHmac } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { hookSigningKey, isSignedWebhook, signWebhook } from './webhook-signature.js';

const body = Buffer.from('{"approved":true}');
const key = hookSigningKey('the secret of the server', 'token-of-one-hook');
const now = 1_800_000_000;
const headers = { id: 'msg_1', timestamp: String(now), signature: signWebhook(key, 'msg_1', now, body) };
const signed = (given: Partial<typeof headers>, at = now, of = body, with_ = key) =>
  isSignedWebhook(with_, { ...headers, ...given }, of, () => Promise.resolve(at));

describe('the signature of a webhook', () => {
  it('is the one of the specification', () => {
    // The example of https://github.com/standard-webhooks/standard-webhooks, libraries/javascript.
    const example = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const value = signWebhook(example, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
    expect(value).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('fits what was signed, also beside others', async () => {
    expect(await signed({})).toBe(true);
    expect(await signed({ signature: `v1a,AAAA v1,${'A'.repeat(43)}= ${headers.signature}` })).toBe(true);
  });

  it.each([299, -299])('fits for five minutes, at %i seconds', async (seconds) => {
    expect(await signed({}, now + seconds)).toBe(true);
  });

  it.each([301, -301, 86_400])('does not fit at %i seconds', async (seconds) => {
    expect(await signed({}, now + seconds)).toBe(false);
  });

  it('fits no other hook, body, id, time or secret', async () => {
    expect(await signed({}, now, body, hookSigningKey('the secret of the server', 'token-of-another'))).toBe(false);
    expect(await signed({}, now, body, hookSigningKey('another secret', 'token-of-one-hook'))).toBe(false);
    expect(await signed({}, now, Buffer.from('{"approved":false}'))).toBe(false);
    expect(await signed({ id: 'msg_2' })).toBe(false);
    expect(await signed({ timestamp: String(now + 1) })).toBe(false);
    expect(await signed({ timestamp: `0${now}` })).toBe(false);
  });

  it('asks for the time only when the signature fits', async () => {
    const asked = vi.fn(() => Promise.resolve(now));
    expect(await isSignedWebhook(key, { ...headers, signature: 'v1,AAAA' }, body, asked)).toBe(false);
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([
    { id: undefined },
    { id: '' },
    { id: 'x'.repeat(257) },
    { timestamp: undefined },
    { timestamp: 'now' },
    { timestamp: '1e9' },
    { signature: undefined },
    { signature: '' },
    { signature: headers.signature.slice(3) },
    { signature: headers.signature.slice(0, -1) },
    { signature: createHmac('sha256', key).update(body).digest('hex') },
    { signature: `${'v1,x '.repeat(8)}${headers.signature}` },
  ])('refuses headers such as %j', async (given) => {
    expect(await signed(given as Partial<typeof headers>)).toBe(false);
  });
});
