/**
 * Errors of plain HTTP routes: JSON for programs, a small page for people. GraphQL errors have their own format and do not
 * pass through here.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiError, type ApiErrorCode, apiErrorCatalog } from '../graphql/api-error.js';
import { errorExtensions } from '../graphql/public-errors.js';
import { currentRequestId } from '../graphql/request-scope.js';
import { isUnavailable } from '../graphql/vendor-failures.js';
import { messagePage, sendWebPage } from '../web/web-page.js';

const codes = new Map<number, ApiErrorCode>([
  [400, 'BAD_USER_INPUT'],
  [401, 'UNAUTHENTICATED'],
  [404, 'NOT_FOUND'],
  [413, 'LIMIT_EXCEEDED'],
  [503, 'UNAVAILABLE'],
]);

@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrorFilter.name);

  /** @param webDir folder of the web app, which has its own not-found page; `null` without one */
  constructor(private readonly webDir: string | null) {}

  catch(error: unknown, host: ArgumentsHost): void {
    // Outside HTTP this is a resolver's error, which GraphQL formats itself.
    if (host.getType<string>() !== 'http') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const status = this.statusOf(error);
    const code = codes.get(status) ?? (status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL');
    const message = status < 500 && status !== 404 && error instanceof HttpException ? error.message : sentence(code);
    if (response.headersSent) {
      response.end();
      return;
    }
    response.status(status).setHeader('Cache-Control', 'no-store');
    if (request.accepts(['json', 'html']) === 'html') {
      if (status === 404 && request.method === 'GET' && sendWebPage(response, this.webDir, status)) return;
      response.type('html').send(messagePage(status === 404 ? 'Page not found' : 'That did not work', message));
    } else {
      response.json({
        errors: [{ message, extensions: { ...errorExtensions(code, currentRequestId()), ...reasonsOf(error) } }],
      });
    }
  }

  private statusOf(error: unknown): number {
    if (error instanceof HttpException) return error.getStatus();
    const known = error instanceof ApiError ? apiErrorCatalog[error.code].httpStatus : null;
    const status = known ?? (isUnavailable(error) ? 503 : 500);
    this.logger.error({ msg: 'request failed', requestId: currentRequestId(), err: error });
    return status;
  }
}

/** The details an exception carries beside its message: each reason why a payload is invalid. */
function reasonsOf(error: unknown): { reasons?: unknown } {
  const told = error instanceof HttpException ? error.getResponse() : null;
  return typeof told === 'object' && told !== null && 'reasons' in told ? { reasons: told.reasons } : {};
}

function sentence(code: ApiErrorCode): string {
  return code === 'NOT_FOUND' ? 'There is nothing at this address.' : apiErrorCatalog[code].message;
}
