/**
 * Recognises failures of the database and of Redis by what their drivers throw. Owns the question "is something away?";
 * never shows a driver's text to anybody.
 */

/** SQLSTATE classes 08 (connection), 53 (resources) and 57P (operator intervention): Postgres is away or shutting down. */
const postgresAway = /^(08...|53...|57P0[1-5])$/;
const systemAway = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);
const messagesAway =
  /^(Connection terminated|Connection is closed|Command timed out|timeout exceeded when trying to connect|timeout expired|Stream isn't writeable|Client has encountered a connection error|Query read timeout|Driver not Connected|LOADING |READONLY )/;
const namesAway = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError']);

const maxDepth = 5;

/** Whether this error, or one that it wraps, says that the database or Redis cannot be reached at the moment. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > maxDepth) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (postgresAway.test(code) || systemAway.has(code)) return true;
  if (namesAway.has(error.name) || messagesAway.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some((inner) => isUnavailable(inner, depth + 1))) return true;
  const driverError = 'driverError' in error ? error.driverError : null;
  const originalError = 'originalError' in error ? error.originalError : null;
  return [error.cause, driverError, originalError].some((inner) => isUnavailable(inner, depth + 1));
}
