/**
 * Transactions that survive a broken connection. Owns which failures are tried again; every piece of work given to it
 * must be safe to run twice, because a lost reply to COMMIT says nothing about whether it happened.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DataSource,
  type EntityManager,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';

/** How often a transaction is started at most. */
const TRIES = 4;
const FIRST_DELAY_MS = 25;

/** Serialization failure, deadlock, and every way in which the server says that it ended the session. */
const transientStates = new Set(['40001', '40P01', '25P03', '57P01', '57P02', '57P03']);
const transientSystemCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/** Whether the same transaction may well succeed when it is started again. */
export function isTransient(error: unknown): boolean {
  // TypeORM lets go of a connection that breaks between two queries.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (transientStates.has(code) || code.startsWith('08') || transientSystemCodes.has(code)) return true;
  // pg gives a connection that broke under a query no code.
  return /^Connection terminated|is not queryable$/.test(cause.message);
}

/**
 * Runs `work` in one READ COMMITTED transaction, again when the connection broke or Postgres asked for it.
 * @param work is told which try this is, from 1; in a later one the earlier may have been committed
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager, attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction('READ COMMITTED', (manager) => work(manager, attempt));
    } catch (error) {
      if (attempt >= TRIES || !isTransient(error)) throw error;
      await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
    }
  }
}
