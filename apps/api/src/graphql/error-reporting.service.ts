/** Turns errors into answers and logs what the answers hide, for HTTP and WebSocket. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { GraphQLFormattedError } from 'graphql';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { publicError, withoutSuggestion } from './public-errors.js';
import { currentRequestId } from './request-scope.js';

@Injectable()
export class ErrorReporting {
  private readonly logger = new Logger(ErrorReporting.name);

  constructor(@Inject(API_ENVIRONMENT) private readonly environment: Pick<ApiEnvironment, 'introspection'>) {}

  /** The public form of an error. `formatted` is what Apollo would have sent. */
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
    return this.environment.introspection ? shown : { ...shown, message: withoutSuggestion(shown.message) };
  }
}
