/**
 * Authentication for HTTP and WebSocket. No other file decides who the viewer is. In `local` mode, everyone who reaches this
 * server is its one user; in `required` mode, a caller has to show a session, by cookie or as a bearer token.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { LOCAL_USER_ID, type Scope, type SessionId, type UserId } from '#libs/contracts';
import { Accounts } from '#libs/persistence';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { hashOf } from './secret-tokens.js';
import { bearerToken, cookieToken, sessionCookieName, verifiedSessionToken } from './session-token.js';

/** The authenticated user. */
export interface Viewer {
  userId: UserId;
  via: 'local' | 'session';
  scopes: readonly Scope[];
  /** What may end while an operation of this viewer lasts; `null` for the local user. */
  proof: Proof | null;
}

/** What the identity rests on. */
export interface Proof {
  kind: 'session';
  id: SessionId;
}

/** What a transport knows about a caller before the first operation. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  /** Payload of the WebSocket's `connection_init`; absent on HTTP. */
  connectionParams?: Readonly<Record<string, unknown>> | undefined;
}

export const localViewer: Viewer = {
  userId: LOCAL_USER_ID,
  via: 'local',
  scopes: ['READ', 'WRITE', 'ADMIN'],
  proof: null,
};

@Injectable()
export class ViewerAuthentication {
  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly accounts: Accounts,
  ) {}

  /**
   * The viewer these credentials belong to, or `null` when they are missing or not valid. What is said explicitly counts:
   * a wrong `Authorization` is not replaced by a cookie that the browser adds.
   */
  async viewerOf({ headers, connectionParams }: Credentials): Promise<Viewer | null> {
    const { auth, authSecret, publicUrl } = this.environment;
    if (auth === 'local') return localViewer;
    const said = bearerToken(connectionParams?.authorization ?? headers.authorization);
    const token = said === undefined ? cookieToken(headers, sessionCookieName(publicUrl)) : said;
    const verified = token === null || authSecret === null ? null : verifiedSessionToken(token, authSecret);
    return verified === null ? null : this.viewerOfSession(verified);
  }

  private async viewerOfSession(token: string): Promise<Viewer | null> {
    const found = await this.accounts.signedIn(hashOf(token));
    if (found === null) return null;
    const scopes: Scope[] = found.role === 'ADMINISTRATOR' ? ['READ', 'WRITE', 'ADMIN'] : ['READ', 'WRITE'];
    return { userId: found.userId, via: 'session', scopes, proof: { kind: 'session', id: found.sessionId } };
  }
}
