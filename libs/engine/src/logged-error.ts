/**
 * An error as it may stand in a log. Owns what of it is written: errors of drivers and HTTP clients carry statements,
 * requests, headers and bodies as properties, and with them keys and prompts.
 */

export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

/** Causes that are followed; an error may be its own. */
const MAX_CAUSES = 5;

/** Name, message, code, stack and causes, and no other property. */
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
