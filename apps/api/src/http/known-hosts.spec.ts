import { describe, expect, it } from 'vitest';
import { isKnownHost } from './known-hosts.js';

const local = { allowedOrigins: [] };

describe('names of the server', () => {
  it('answers to loopback names with any port', () => {
    for (const host of [
      'localhost',
      'localhost:4000',
      '127.0.0.1:4000',
      '[::1]:4000',
      'app.localhost:4000',
      undefined,
    ]) {
      expect(isKnownHost(host, local)).toBe(true);
    }
  });

  it('does not answer to a name that another site pointed here', () => {
    for (const host of ['evil.example:4000', 'localhost.evil.example', '127.0.0.1.evil.example', '']) {
      expect(isKnownHost(host, local)).toBe(false);
    }
  });

  it('answers to the names of allowed origins, for a proxy on the same machine', () => {
    const proxied = { ...local, allowedOrigins: ['https://holdfast.example'] };
    expect(isKnownHost('holdfast.example', proxied)).toBe(true);
    expect(isKnownHost('other.example', proxied)).toBe(false);
  });

  it('answers to addresses and to names without a dot, which no other site can own', () => {
    for (const host of ['192.0.2.7:4000', '[2001:db8::1]:4000', 'api:4000', 'holdfast']) {
      expect(isKnownHost(host, local)).toBe(true);
    }
  });
});
