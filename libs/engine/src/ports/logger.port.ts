/**
 * Where the engine says what operators need to know. Errors go in whole, as `err`: an adapter writes of them only what
 * `loggedError` keeps.
 */
export interface ExecutorLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
