import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, newId } from '#libs/contracts';
import type { Accounts } from '#libs/persistence';
import type { ApiEnvironment } from '../environment.js';
import { hashOf } from './secret-tokens.js';
import { type Credentials, ViewerAuthentication } from './viewer-authentication.service.js';

const userId = newId('user');
const sessionId = newId('session');
const authSecret = 'a secret of the tests, which is long enough';
const signed = (secret = authSecret) => `good.${createHmac('sha256', secret).update('good').digest('base64')}`;
const good = signed();
const inCookie = encodeURIComponent(good);
const publicUrl = 'https://holdfast.example.com';
/** Knows one session, by the hash of `good`. */
const accounts = {
  signedIn: async (hash: string) =>
    hash === hashOf('good') ? { userId, role: 'MEMBER', sessionId, expiresAt: new Date(0) } : null,
} as unknown as Accounts;

function ask(credentials: Credentials, settings: Partial<ApiEnvironment> = {}) {
  const environment = { auth: 'required', authSecret, publicUrl: null, ...settings } as ApiEnvironment;
  return new ViewerAuthentication(environment, accounts).viewerOf(credentials);
}

describe('who asks', () => {
  it('is the local user, where nobody signs in', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    expect(await ask({ headers }, { auth: 'local' })).toMatchObject({
      userId: LOCAL_USER_ID,
      via: 'local',
      proof: null,
    });
  });

  it.each([
    ['a cookie', { headers: { cookie: `a=b; holdfast.session_token=${inCookie}; c=d` } }],
    ['a bearer token', { headers: { authorization: `bearer ${good}` } }],
    ['connection_init', { headers: {}, connectionParams: { authorization: `Bearer ${inCookie}` } }],
    [
      'connection_init rather than the upgrade',
      { headers: { authorization: 'Bearer bad' }, connectionParams: { authorization: `Bearer ${good}` } },
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
    ['another cookie', { headers: { cookie: `session_token=${inCookie}` } }],
    ['a cookie that cannot be read', { headers: { cookie: 'holdfast.session_token=%E0%A4%A' } }],
    ['a cookie of a server over TLS', { headers: { cookie: `__Secure-holdfast.session_token=${inCookie}` } }],
    ['a session without its signature', { headers: { authorization: 'Bearer good' } }],
    ['a session that another secret signed', { headers: { authorization: `Bearer ${signed('an older secret')}` } }],
    ['another scheme', { headers: { authorization: `Basic ${good}` } }],
    ['a long token', { headers: { authorization: `Bearer good.${'x'.repeat(10_000)}` } }],
    [
      'a wrong token beside a right cookie',
      { headers: { authorization: 'Bearer bad', cookie: `holdfast.session_token=${inCookie}` } },
    ],
    [
      'no text in connection_init beside a right cookie',
      {
        headers: { cookie: `holdfast.session_token=${inCookie}` },
        connectionParams: { authorization: [`Bearer ${good}`] },
      },
    ],
  ] satisfies [string, Credentials][])('is nobody, who shows %s', async (_how, credentials) => {
    expect(await ask(credentials)).toBeNull();
  });

  it('is, over TLS, whoever shows the cookie that is sent over TLS only, whatever other stands before it', async () => {
    const other = `holdfast.session_token=${inCookie}`;
    expect(await ask({ headers: { cookie: other } }, { publicUrl })).toBeNull();
    const cookie = `holdfast.session_token=x; __Secure-${other}`;
    expect(await ask({ headers: { cookie } }, { publicUrl })).toMatchObject({ userId });
  });
});
