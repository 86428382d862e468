/**
 * The engine's log for operators. Errors are passed whole, as `err`: an adapter must write only what `loggedError` keeps of
 * them.
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

/** How many causes are followed; an error may be its own cause. */
const MAX_CAUSES = 5;

/**
 * An error in a form that is safe to log: name, message, code, stack and causes, and no other property. Errors of drivers
 * and HTTP clients have statements, requests, headers and bodies as properties, which contain keys and prompts.
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
