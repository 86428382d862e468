/** Recognises outages of Postgres or Redis in a thrown error, however deeply it is wrapped. */
import { isPostgresOutage } from '#libs/persistence';
import { isRedisOutage } from '#libs/stream';

const maxDepth = 5;

/** Whether this error, or one that it wraps, says that the database or Redis is currently unreachable. */
export function isUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > maxDepth) return false;
  if (isPostgresOutage(error) || isRedisOutage(error)) return true;
  if (error instanceof AggregateError && error.errors.some((inner) => isUnavailable(inner, depth + 1))) return true;
  const driverError = 'driverError' in error ? error.driverError : null;
  const originalError = 'originalError' in error ? error.originalError : null;
  return [error.cause, driverError, originalError].some((inner) => isUnavailable(inner, depth + 1));
}
