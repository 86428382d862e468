/**
 * Signing in with e-mail and password, served under `/auth`. Only the routes below reach the library; it stores what it
 * needs in our tables, sends nothing anywhere, and knows the client's address only from us.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { bearer } from 'better-auth/plugins';
import type { RequestHandler, Request as ServerRequest, Response as ServerResponse } from 'express';
import { limits, newId } from '#libs/contracts';
import { SignInRecords } from '#libs/persistence';
import { hashOf } from '../auth/secret-tokens.js';
import {
  bearerToken,
  cookieToken,
  SESSION_COOKIE_PREFIX,
  sessionCookieName,
  sessionTokenOf,
} from '../auth/session-token.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { clientAddress } from '../http/client-address.js';
import { signInAdapter } from './sign-in-adapter.js';
import { ADDRESS_HEADER, bodyRefusal, libraryRequest, sendAnswer } from './sign-in-messages.js';

/** Below it are the routes of the sign-in library. */
export const SIGN_IN_PATH = '/auth';

const SIGN_OUT = `${SIGN_IN_PATH}/sign-out`;

/** Tries to sign in per address and minute. If more, passwords can be guessed faster. */
const triesPerMinute = 20;

@Injectable()
export class SignIn {
  private readonly logger = new Logger(SignIn.name);
  private readonly routes: ReadonlySet<string>;
  /** The password hash that each request has verified, or has made for a new user. */
  private readonly verified = new AsyncLocalStorage<{ hash: string | null }>();
  /** The library; `null` where nobody signs in. */
  private readonly ask: ((request: Request) => Promise<Response>) | null;

  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly records: SignInRecords,
  ) {
    this.routes = new Set([
      'POST /auth/sign-in/email',
      `POST ${SIGN_OUT}`,
      'GET /auth/get-session',
      ...(environment.signUp === 'open' ? ['POST /auth/sign-up/email'] : []),
    ]);
    this.ask = environment.auth === 'required' ? this.library(environment, records).handler : null;
  }

  /** Middleware: handles the routes above and passes on all other requests. Bodies must have been parsed and limited. */
  readonly handle: RequestHandler = (request, response, next) => {
    if (this.ask === null || !this.routes.has(`${request.method} ${request.path}`)) {
      next();
      return;
    }
    const refusal = bodyRefusal(request);
    if (refusal !== null) {
      // Whatever of the body has not been read is not wanted.
      response.setHeader('Connection', 'close').status(refusal.status);
      response.json({ code: 'BAD_USER_INPUT', message: refusal.message });
      return;
    }
    this.answer(this.ask, request, response).catch((error: unknown) => {
      this.logger.error({ msg: 'sign-in failed', err: error });
      if (!response.headersSent) response.status(500).json({ code: 'INTERNAL', message: 'That did not work.' });
    });
  };

  private async answer(
    ask: (request: Request) => Promise<Response>,
    request: ServerRequest,
    response: ServerResponse,
  ): Promise<void> {
    const address = clientAddress(request, this.environment.trustedProxies);
    const url = new URL(request.path, originOf(this.environment));
    const asked = libraryRequest(request, url, address);
    const answer = await this.verified.run({ hash: null }, () => ask(asked));
    if (answer.ok && request.path === SIGN_OUT) await this.endShownSessions(request);
    await sendAnswer(answer, response);
  }

  /** Also those whose signature is of an older secret: the library would take the cookie and leave the session. */
  private async endShownSessions({ headers }: ServerRequest): Promise<void> {
    const name = sessionCookieName(this.environment.publicUrl);
    for (const shown of [bearerToken(headers.authorization), cookieToken(headers, name)]) {
      if (shown == null) continue;
      const value = hashOf(sessionTokenOf(shown));
      await this.records.delete('session', [{ field: 'token', operator: 'eq', value }]);
    }
  }

  private remember(hash: string): string {
    const request = this.verified.getStore();
    if (request) request.hash = hash;
    return hash;
  }

  private library(environment: ApiEnvironment, records: SignInRecords) {
    return betterAuth({
      appName: 'Holdfast',
      basePath: SIGN_IN_PATH,
      baseURL: originOf(environment),
      // The environment is refused without it where accounts are required.
      secret: environment.authSecret ?? '',
      database: signInAdapter(records, () => this.verified.getStore()?.hash ?? null),
      // A request has passed the check of host names, so a page under the same name is our own.
      trustedOrigins: (request) => {
        const host = request?.headers.get('host') ?? null;
        return [...environment.allowedOrigins, ...(host === null ? [] : [`http://${host}`, `https://${host}`])];
      },
      emailAndPassword: {
        enabled: true,
        disableSignUp: environment.signUp !== 'open',
        minPasswordLength: limits.passwordCharsMin,
        maxPasswordLength: limits.passwordCharsMax,
        password: {
          hash: async (password) => this.remember(await hashPassword(password)),
          verify: async (asked) => {
            const matches = await verifyPassword(asked);
            if (matches) this.remember(asked.hash);
            return matches;
          },
        },
      },
      session: { expiresIn: limits.sessionDays * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
      verification: { storeIdentifier: 'hashed' },
      databaseHooks: {
        session: {
          create: {
            before: async ({ userId }) => {
              const [user] = await records.find('user', [{ field: 'id', operator: 'eq', value: userId }]);
              if (user && user.disabledAt === null) return;
              throw new APIError('FORBIDDEN', { code: 'ACCOUNT_DISABLED', message: 'This account is disabled.' });
            },
          },
        },
      },
      plugins: [bearer({ requireSignature: true })],
      // To us: the library would print them, with the parameters of SQL statements.
      onAPIError: { throw: true },
      rateLimit: {
        enabled: true,
        storage: 'database',
        window: 60,
        max: 300,
        customRules: {
          '/sign-in/*': { window: 60, max: triesPerMinute },
          '/sign-up/*': { window: 60, max: triesPerMinute },
        },
      },
      advanced: {
        cookiePrefix: SESSION_COOKIE_PREFIX,
        useSecureCookies: environment.publicUrl?.startsWith('https:') ?? false,
        ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
        database: {
          generateId: ({ model }) =>
            model === 'user' ? newId('user') : model === 'session' ? newId('session') : crypto.randomUUID(),
        },
      },
      telemetry: { enabled: false },
      logger: {
        level: 'error',
        // Its arguments may hold addresses of people.
        log: (_level, message) => this.logger.error({ msg: 'sign-in library', message }),
      },
    });
  }
}

/** Where the routes are for the library. A path of the public address is removed by the proxy that adds it. */
function originOf({ publicUrl, port }: ApiEnvironment): string {
  return publicUrl === null ? `http://127.0.0.1:${port}` : new URL(publicUrl).origin;
}
