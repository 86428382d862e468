/** The worker's log. Never logged: secrets, prompts, and what errors carry beside their message, code, stack and causes. */
import type { Options } from 'pino-http';
import { loggedError } from '#libs/engine';
import type { WorkerEnvironment } from './environment.js';

/** Options for nestjs-pino. */
export function loggingOptions(environment: Pick<WorkerEnvironment, 'logLevel' | 'logFormat'>): Options {
  return {
    level: environment.logLevel,
    base: { app: 'worker' },
    redact: ['*.apiKey', '*.authorization', '*.serviceToken', '*.prompt'],
    serializers: { err: loggedError },
    // The serializer above expects the error itself.
    wrapSerializers: false,
    ...(environment.logFormat === 'pretty' && {
      transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
    }),
  };
}
