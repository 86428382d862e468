import { describe, expect, it } from 'vitest';
import { localRefusal } from './local-requests.js';

interface Asked {
  path?: string;
  headers?: Record<string, string>;
  httpVersion?: string;
  auth?: 'local' | 'required';
}

const refusal = ({ path = '/graphql', headers = {}, httpVersion = '1.1', auth = 'local' }: Asked) =>
  localRefusal(path, { headers: { host: '127.0.0.1:4000', ...headers }, httpVersion }, { auth });

/** As proxies pass requests on. */
const proxied: [string, Asked][] = [
  ['under its public name', { headers: { host: 'holdfast.example' } }],
  ['under an address of the network', { headers: { host: '192.0.2.1:4000' } }],
  ['under a name that begins like an address', { headers: { host: '127.0.0.1.evil.example' } }],
  ['in the old version of HTTP', { httpVersion: '1.0' }],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Server',
    'Forwarded',
    'Via',
    'X-Real-IP',
  ].map((name): [string, Asked] => [`with ${name}`, { headers: { [name.toLowerCase()]: 'any' } }]),
];

describe('without sign-in', () => {
  it.each(['localhost', 'localhost:4000', 'app.localhost:4000', '127.0.0.1', '127.1.2.3:4000', '[::1]:4000'])(
    'a program of this machine may call the server %s',
    (host) => {
      expect(refusal({ headers: { host } })).toBeNull();
    },
  );

  it('a request must say what it calls the server', () => {
    expect(localRefusal('/', { headers: {}, httpVersion: '1.1' }, { auth: 'local' })).not.toBeNull();
  });

  it.each(proxied)('a request of a proxy is refused, with what to do: %s', (_, asked) => {
    expect(refusal(asked)?.reason).toMatch(/HOLDFAST_AUTH=required .*put-it-online/);
    for (const path of ['/', '/w/x', '/hooks', '/livez/x', '/hook']) expect(refusal({ ...asked, path })).not.toBeNull();
  });

  it.each(proxied)('a proxy may bring probes, and machines with a secret: %s', (_, asked) => {
    for (const path of ['/livez', '/readyz', '/hooks/x', '/internal/x']) expect(refusal({ ...asked, path })).toBeNull();
  });
});

describe('with sign-in', () => {
  it.each(proxied)('a proxy may bring everybody: %s', (_, asked) => {
    expect(refusal({ ...asked, auth: 'required' })).toBeNull();
  });
});
