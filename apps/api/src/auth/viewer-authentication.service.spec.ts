import { describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, newId } from '#libs/contracts';
import type { Accounts } from '#libs/persistence';
import type { ApiEnvironment } from '../environment.js';
import { hashOf } from './secret-tokens.js';
import { type Credentials, ViewerAuthentication } from './viewer-authentication.service.js';

const userId = newId('user');
const sessionId = newId('session');
/** Knows one session, by the hash of `good`. */
const accounts = {
  signedIn: async (hash: string) =>
    hash === hashOf('good') ? { userId, role: 'MEMBER', sessionId, expiresAt: new Date(0) } : null,
} as unknown as Accounts;

function ask(credentials: Credentials, auth: 'local' | 'required' = 'required') {
  return new ViewerAuthentication({ auth } as ApiEnvironment, accounts).viewerOf(credentials);
}

describe('who asks', () => {
  it('is the local user, where nobody signs in', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    expect(await ask({ headers }, 'local')).toMatchObject({ userId: LOCAL_USER_ID, via: 'local', proof: null });
  });

  it.each([
    ['a cookie', { headers: { cookie: 'a=b; holdfast.session_token=good.signature; c=d' } }],
    ['a cookie over TLS', { headers: { cookie: '__Secure-holdfast.session_token=good.x%2By' } }],
    ['a bearer token', { headers: { authorization: 'bearer good' } }],
    ['connection_init', { headers: {}, connectionParams: { authorization: 'Bearer good.signature' } }],
    [
      'connection_init rather than the upgrade',
      { headers: { authorization: 'Bearer bad' }, connectionParams: { authorization: 'Bearer good' } },
    ],
  ] satisfies [string, Credentials][])('is whoever shows a session by %s', async (_how, credentials) => {
    expect(await ask(credentials)).toEqual({
      userId,
      via: 'session',
      scopes: ['READ', 'WRITE'],
      proof: { kind: 'session', id: sessionId },
    });
  });

  it.each([
    ['nothing', { headers: {} }],
    ['another cookie', { headers: { cookie: 'session_token=good' } }],
    ['a cookie that cannot be read', { headers: { cookie: 'holdfast.session_token=%E0%A4%A' } }],
    ['another scheme', { headers: { authorization: 'Basic good' } }],
    ['a long token', { headers: { authorization: `Bearer good.${'x'.repeat(10_000)}` } }],
    [
      'a wrong token beside a right cookie',
      { headers: { authorization: 'Bearer bad', cookie: 'holdfast.session_token=good' } },
    ],
    [
      'no text in connection_init beside a right cookie',
      { headers: { cookie: 'holdfast.session_token=good' }, connectionParams: { authorization: ['Bearer good'] } },
    ],
  ] satisfies [string, Credentials][])('is nobody, who shows %s', async (_how, credentials) => {
    expect(await ask(credentials)).toBeNull();
  });
});
