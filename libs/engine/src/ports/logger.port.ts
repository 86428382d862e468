/**
 * Where the engine says what operators need to know. Errors go in whole, as `err`: an adapter writes of them only what
 * `loggedError` keeps.
 */
export interface ExecutorLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

/** Causes that are followed; an error may be its own. */
const MAX_CAUSES = 5;

/**
 * An error as it may stand in a log: name, message, code, stack and causes, and no other property. Errors of drivers and HTTP
 * clients carry statements, requests, headers and bodies as properties, and with them keys and prompts.
 */
export function loggedError(error: unknown, causes: number = MAX_CAUSES): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && isPlainCode(error.code) && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && causes > 0 && { cause: loggedError(error.cause, causes - 1) }),
  };
}

function isPlainCode(code: unknown): code is string | number {
  return typeof code === 'string' || typeof code === 'number';
}
