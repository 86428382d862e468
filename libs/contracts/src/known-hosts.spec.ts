import { describe, expect, it } from 'vitest';
import { isKnownHost, isKnownOrigin, isLoopbackHost } from './known-hosts.js';

describe('names of a server', () => {
  it('are loopback names and addresses, with any port', () => {
    const hosts = ['localhost', 'localhost:4000', 'LOCALHOST', 'app.localhost:4000', '127.0.0.1:4000', '[::1]:4000'];
    for (const host of [...hosts, '192.0.2.7:4000', '[2001:db8::1]:4000', undefined]) {
      expect(isKnownHost(host, [])).toBe(true);
    }
  });

  it('are none that another site could have pointed here, or that a search domain decides about', () => {
    const foreign = ['evil.example:4000', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil-localhost', ''];
    for (const host of [...foreign, 'api:4000', 'holdfast', 'simulator', 'a@localhost', 'localhost:4000:4000']) {
      expect(isKnownHost(host, [])).toBe(false);
    }
  });

  it('are those that the settings allow', () => {
    expect(isKnownHost('Holdfast.example', ['holdfast.example'])).toBe(true);
    expect(isKnownHost('holdfast.example:8443', ['holdfast.example'])).toBe(false);
    expect(isKnownHost('simulator:4010', ['simulator:4010'])).toBe(true);
    expect(isKnownHost('other.example', ['holdfast.example'])).toBe(false);
  });
});

describe('names of this machine', () => {
  it('are loopback names and addresses, with any port', () => {
    for (const host of ['localhost', 'LOCALHOST:4000', 'app.localhost', '127.0.0.1:4000', '127.1.2.3', '[::1]:4000']) {
      expect(isLoopbackHost(host)).toBe(true);
    }
  });

  it('are not those of others, and a request without a name has none', () => {
    const others = [
      'holdfast.example',
      '192.0.2.7:4000',
      '127.0.0.1.evil.example',
      '127.0.0.1:4000:80',
      '[::2]',
      '0.0.0.0',
    ];
    for (const host of [...others, 'a@localhost', '', undefined]) expect(isLoopbackHost(host)).toBe(false);
  });
});

describe('origins', () => {
  it('are none for programs, and this server for its own pages', () => {
    expect(isKnownOrigin({ origin: undefined, host: 'localhost:4000' }, [])).toBe(true);
    expect(isKnownOrigin({ origin: 'http://localhost:4000', host: 'localhost:4000' }, [])).toBe(true);
  });

  it('of other sites, other ports and documents without one are kept out', () => {
    for (const origin of [
      'http://evil.example',
      'http://localhost:4001',
      'null',
      'http://localhost:4000.evil.example',
    ]) {
      expect(isKnownOrigin({ origin, host: 'localhost:4000' }, [])).toBe(false);
    }
  });

  it('on the list are let in exactly', () => {
    const allowed = ['https://app.example'];
    expect(isKnownOrigin({ origin: 'https://app.example', host: 'localhost' }, allowed)).toBe(true);
    expect(isKnownOrigin({ origin: 'http://app.example', host: 'localhost' }, allowed)).toBe(false);
  });
});
