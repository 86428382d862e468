/** Entry point of the API process: handles signals, and prints one sentence when the API cannot start. */
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { EnvironmentError, readEnvironment } from './environment.js';
import { isUnavailable } from './graphql/vendor-failures.js';
import { type RunningApi, startApi } from './start-api.js';

/** Longer than every drain inside; after it the process exits even if something still hangs. */
const shutdownMs = 10_000;

async function main(): Promise<void> {
  const environment = readEnvironment();
  const api = await startApi(environment);
  const logger = new Logger('Api');
  logger.log({ msg: 'api ready', url: api.url });
  if (environment.simulated) {
    logger.warn('Answers come from the built-in simulator, not from a model. Set OPENAI_API_KEY to use one.');
  }
  endOnSignals(api, logger);
  process.send?.('ready');
}

function endOnSignals(api: RunningApi, logger: Logger): void {
  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return;
    ending = true;
    logger.log({ msg: 'shutting down', signal });
    setTimeout(() => process.exit(1), shutdownMs).unref();
    api.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ msg: 'shutdown failed', err: error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** One clear sentence instead of a stack trace. */
function reasonOf(error: unknown): string {
  if (error instanceof EnvironmentError) return `The API's settings do not fit:\n${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : null;
  if (code === 'EADDRINUSE') return 'The port is already in use. Stop what listens there, or set HOLDFAST_PORT.';
  if (code === 'EACCES' && syscall === 'listen') return 'This port may not be used. Choose another HOLDFAST_PORT.';
  if (code === 'EADDRNOTAVAIL') return 'HOLDFAST_HOST is not an address of this machine.';
  if (isUnavailable(error)) return 'The database cannot be reached. Check HOLDFAST_DATABASE_URL.';
  return error instanceof Error ? error.message : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(1);
});
