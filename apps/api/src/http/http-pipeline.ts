/**
 * What every HTTP request passes before it reaches a route: request id, security headers, CORS, checks of host and origin,
 * body limit.
 */
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { limits } from '#libs/contracts';
import type { ApiEnvironment } from '../environment.js';
import { ApiError, apiErrorCatalog } from '../graphql/api-error.js';
import { errorExtensions } from '../graphql/public-errors.js';
import { chooseRequestId, currentRequestId, inRequestScope } from '../graphql/request-scope.js';
import { corsOptions, foreignPages } from './foreign-pages.js';
import { localRefusal } from './local-requests.js';
import { securityHeaders } from './security-headers.js';
import { isServerName } from './server-names.js';

/** Maximum bytes of one request body. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** Installs the pipeline. Must be called before the application is initialised. */
export function installHttpPipeline(app: NestExpressApplication, environment: ApiEnvironment): void {
  app.disable('x-powered-by');
  app.use(requestScope);
  // Must come before anything that may refuse a request.
  app.use(securityHeaders(environment));
  if (environment.allowedOrigins.length > 0) {
    // A cache must not give one origin's answer to another, and refusals have to be readable too.
    app.use(varyByOrigin);
    app.enableCors(corsOptions(environment.allowedOrigins));
  }
  app.use(localRequests(environment));
  app.use(knownHosts(environment));
  app.use(foreignPages(environment));
  app.use('/hooks', boundedBytes);
  app.use(boundedJson);
}

function requestScope(request: Request, response: Response, next: NextFunction): void {
  const requestId = chooseRequestId(request.headers['x-request-id']);
  response.setHeader('x-request-id', requestId);
  inRequestScope(requestId, next);
}

function varyByOrigin(_request: Request, response: Response, next: NextFunction): void {
  response.vary('Origin');
  next();
}

/** Protects a local server against DNS rebinding: a page of another site cannot reach it under the site's own host name. */
function knownHosts(environment: ApiEnvironment) {
  return (request: Request, response: Response, next: NextFunction): void => {
    // Our own processes call these under any container name and send a token, which browsers cannot do.
    if (request.path.startsWith('/internal/') || isServerName(request.headers.host, environment)) {
      next();
      return;
    }
    const message =
      'This server does not go by that name. Use localhost, or add the origin to HOLDFAST_ALLOWED_ORIGINS.';
    response.status(421).json({
      errors: [{ message, extensions: errorExtensions('BAD_USER_INPUT', currentRequestId()) }],
    });
  };
}

function localRequests(environment: ApiEnvironment) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const refusal = localRefusal(request.path, request, environment);
    if (refusal === null) {
      next();
      return;
    }
    response.status(Number.parseInt(refusal.status, 10)).json({
      errors: [{ message: refusal.reason, extensions: errorExtensions('BAD_USER_INPUT', currentRequestId()) }],
    });
  };
}

const boundedJson = bounded(express.json({ limit: BODY_LIMIT_BYTES }), BODY_LIMIT_BYTES);
/** Kept as bytes, because a signature covers exactly what was sent. */
const boundedBytes = bounded(
  express.raw({ limit: limits.hookPayloadBytes, type: () => true }),
  limits.hookPayloadBytes,
);

/** A parser of bodies whose refusals are answered like all other errors. */
function bounded(parse: RequestHandler, limitBytes: number): RequestHandler {
  return (request, response, next) => {
    parse(request, response, (error?: unknown) => {
      if (error === undefined) next();
      else refuseBody(error, response, limitBytes);
    });
  };
}

function refuseBody(error: unknown, response: Response, limitBytes: number): void {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : null;
  const refusal =
    type === 'entity.too.large'
      ? new ApiError('LIMIT_EXCEEDED', `The request body is larger than ${limitBytes / 1024} KiB.`)
      : new ApiError('BAD_USER_INPUT', 'The request body is not valid JSON.');
  const status = type === 'entity.too.large' ? 413 : apiErrorCatalog.BAD_USER_INPUT.httpStatus;
  response.status(status).json({
    errors: [{ message: refusal.message, extensions: errorExtensions(refusal.code, currentRequestId()) }],
  });
}
