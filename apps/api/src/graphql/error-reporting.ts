/**
 * Turns errors into answers and writes into the log what answers hide. One place for HTTP and WebSocket.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { GraphQLFormattedError } from 'graphql';
import { publicError } from './public-errors.js';
import { currentRequestId } from './request-scope.js';

@Injectable()
export class ErrorReporting {
  private readonly logger = new Logger(ErrorReporting.name);

  /** The public form of an error. `formatted` is what Apollo would have shown. */
  report(error: unknown, formatted?: GraphQLFormattedError): GraphQLFormattedError {
    const requestId = currentRequestId();
    const { shown, classified } = publicError(error, requestId, formatted);
    if (classified.hidden !== null) {
      const entry = {
        msg: 'operation failed',
        code: classified.code,
        path: shown.path,
        err: classified.hidden,
      };
      if (classified.code === 'UNAVAILABLE') this.logger.warn(entry);
      else this.logger.error(entry);
    }
    return shown;
  }
}
