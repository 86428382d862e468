/**
 * Structured logging, with the request id in every line. Secrets, prompts and the parameters of SQL statements are never
 * logged.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import { loggedError } from '#libs/engine';
import type { ApiEnvironment } from '../environment.js';
import { currentRequestId } from '../graphql/request-scope.js';

const quiet = new Set(['/livez', '/readyz']);

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** The path without its parameters. The part after `/hooks/`, `/invite/` and `/reset/` is a secret: it is all that one needs. */
export function loggedPath(url: string): string {
  return (url.split('?', 1)[0] ?? '').replace(/^(\/+(?:hooks|invite|reset)\/+).+/i, '$1[token]');
}

/** Options for nestjs-pino. */
export function loggingOptions(environment: ApiEnvironment): Params {
  return {
    pinoHttp: {
      level: environment.logLevel,
      base: { app: 'api' },
      redact: ['*.authorization', '*.cookie', '*.apiKey', '*.serviceToken', '*.prompt', '*.password'],
      serializers: {
        err: loggedError,
        req: (request: { id: unknown; method: unknown; url: unknown }) => ({
          id: request.id,
          method: request.method,
          path: loggedPath(String(request.url)),
        }),
        res: (response: { statusCode: unknown }) => ({ statusCode: response.statusCode }),
      },
      // The serializers above expect the raw objects.
      wrapSerializers: false,
      quietReqLogger: true,
      customAttributeKeys: { reqId: 'requestId' },
      genReqId: () => currentRequestId() ?? '',
      customLogLevel: (_request: IncomingMessage, response: ServerResponse, error?: Error) => {
        if (error || response.statusCode >= 500) return 'error';
        return response.statusCode >= 400 ? 'warn' : 'info';
      },
      autoLogging: { ignore: (request: IncomingMessage) => quiet.has(pathOf(request)) },
      ...(environment.logFormat === 'pretty' && {
        transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
      }),
    },
  };
}

/** Parts of Nest that log every item they set up at each start. */
const chatty = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'GraphQLModule',
]);

/** The same logger without the lines in which Nest lists what it sets up. Its warnings and errors stay. */
export function withoutStartupLists(logger: LoggerService): LoggerService {
  return {
    log: (message: unknown, ...rest: unknown[]) => {
      if (!chatty.has(String(rest.at(-1)))) logger.log(message, ...rest);
    },
    error: (message: unknown, ...rest: unknown[]) => logger.error(message, ...rest),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(message, ...rest),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug?.(message, ...rest),
    verbose: (message: unknown, ...rest: unknown[]) => logger.verbose?.(message, ...rest),
    fatal: (message: unknown, ...rest: unknown[]) => logger.fatal?.(message, ...rest),
  };
}
