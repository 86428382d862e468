/**
 * Keeps pages of other sites from acting with what a browser sends along by itself: cookies, or the place on this machine or
 * network from which it asks. Browsers say where a request comes from, in `Origin` and `Sec-Fetch-Site`, and ask in advance
 * (CORS preflight) before a page sends anything that a form could not send.
 */
import { Logger } from '@nestjs/common';
import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { NextFunction, Request, Response } from 'express';
import { isKnownOrigin } from '#libs/contracts';
import type { ApiEnvironment } from '../environment.js';
import { errorExtensions } from '../graphql/public-errors.js';
import { currentRequestId } from '../graphql/request-scope.js';

const READING: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Types of bodies that forms send, so browsers let any page send them anywhere. Source: Fetch, "CORS-safelisted". */
const FORM_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

/** Headers beyond the usual that pages of allowed origins may read. */
const EXPOSED = [
  'x-request-id',
  'Retry-After',
  'Content-Disposition',
  'Link',
  'x-holdfast-losses',
  'x-holdfast-websocket',
];

/** How long browsers remember the answer to a preflight. Longer: a removed origin is noticed later. */
const PREFLIGHT_SECONDS = 600;

type Asking = Pick<Request, 'method' | 'headers'>;

/**
 * Whether the request may change something: it only reads, comes from our own pages or an allowed origin, or no page of
 * another site could have sent it. With a cookie, only the first two count.
 */
export function mayAct({ method, headers }: Asking, allowedOrigins: readonly string[]): boolean {
  if (READING.has(method)) return true;
  const { origin, host, cookie, authorization } = headers;
  const site = headers['sec-fetch-site'];
  // "none" is the person, not a page. Sent by the browser itself, so it is also right behind a proxy that changes `Host`.
  if (site === 'same-origin' || site === 'none') return true;
  if (origin !== undefined && isKnownOrigin({ origin, host }, allowedOrigins)) return true;
  if (cookie !== undefined) return false;
  // A page can set this only after a preflight, which only allowed origins pass.
  if (authorization !== undefined) return true;
  const isBrowser = origin !== undefined || site !== undefined;
  return !isBrowser || needsPreflight(method, headers['content-type']);
}

function needsPreflight(method: string | undefined, contentType: string | undefined): boolean {
  if (method !== 'POST') return true;
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type !== '' && !FORM_TYPES.has(type);
}

/** Refuses what `mayAct` denies with 403. Machines call the exempt routes with a secret of their own in every request. */
export function foreignPages({ allowedOrigins }: Pick<ApiEnvironment, 'allowedOrigins'>) {
  const logger = new Logger('ForeignPages');
  return (request: Request, response: Response, next: NextFunction): void => {
    const isForMachines = request.path.startsWith('/hooks/') || request.path.startsWith('/internal/');
    if (isForMachines || mayAct(request, allowedOrigins)) {
      next();
      return;
    }
    const origin = request.headers.origin?.slice(0, 200);
    logger.warn({ msg: 'foreign page refused', origin, site: request.headers['sec-fetch-site'] });
    const message =
      'A request with a cookie needs an Origin header, and pages of other sites may not act here. To allow a site, add its origin to HOLDFAST_ALLOWED_ORIGINS.';
    response.status(403).json({
      errors: [{ message, extensions: errorExtensions('BAD_USER_INPUT', currentRequestId()) }],
    });
  };
}

/** What pages of allowed origins may do; those of others get no CORS header at all. */
export function corsOptions(allowedOrigins: readonly string[]): CorsOptions {
  return {
    origin: (origin, decide) => decide(null, origin !== undefined && allowedOrigins.includes(origin)),
    credentials: true,
    methods: ['GET', 'POST'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  };
}
