/**
 * Transactions that survive a broken connection. All work passed to them must be safe to run twice, because a lost reply to
 * COMMIT does not show whether it happened.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DataSource,
  type EntityManager,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { unreachableCodes } from '#libs/contracts';

/** Maximum number of tries. */
const TRIES = 4;
const FIRST_DELAY_MS = 25;

/**
 * Set per transaction, because nothing may be set for longer behind a pooler. A worker that freezes inside a transaction
 * holds its workflow's row; without the second limit no other worker could take over.
 */
export const TRANSACTION_LIMITS =
  "SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '5s'";

/** Serialization failure, deadlock, and every way in which the server says that it ended the session. */
const transientStates = new Set(['40001', '40P01', '25P03', '57P01', '57P02', '57P03']);
const transientSystemCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/**
 * SQLSTATE classes that say nothing about the statement: no connection, login refused, database missing for now, resources
 * exhausted, operator intervention, disk failure. Source: the manual of Postgres, appendix A.
 */
const outageClasses = new Set(['08', '28', '3D', '53', '57', '58']);
/** A standby that has not been promoted yet, and a lock timeout. */
const outageStates = new Set(['25006', '55P03']);
/** Errors of pg and its pool without a code. */
const outageMessages =
  /^(timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool|Connection terminated|Client has encountered a connection error|Driver not Connected)/;
/** The server does not answer: another try would wait as long, and the caller would have left by then. */
const connectTimeout = 'Connection terminated due to connection timeout';

/** Whether the same transaction is likely to succeed when it is started again. */
export function isTransient(error: unknown): boolean {
  // TypeORM releases a connection that breaks between two queries.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  const { code, message } = driverError(error);
  if (transientStates.has(code) || code.startsWith('08') || transientSystemCodes.has(code)) return true;
  // pg sets no code when a connection breaks during a query.
  return message !== connectTimeout && /^Connection terminated|is not queryable$/.test(message);
}

/** Whether Postgres could not be reached or could not work, so that the same may succeed later. */
export function isOutage(error: unknown): boolean {
  if (isTransient(error)) return true;
  const { code, message } = driverError(error);
  if (outageStates.has(code) || unreachableCodes.has(code) || outageMessages.test(message)) return true;
  return /^[0-9A-Z]{5}$/.test(code) && outageClasses.has(code.slice(0, 2));
}

function driverError(error: unknown): { code: string; message: string } {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) return { code: '', message: '' };
  return { code: 'code' in cause && typeof cause.code === 'string' ? cause.code : '', message: cause.message };
}

/**
 * Runs `work`, again when the connection broke or Postgres asked for it.
 * @param work gets the number of the try, from 1; when it is later, an earlier one may have been committed
 */
export async function trying<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= TRIES || !isTransient(error)) throw error;
      await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
    }
  }
}

/** Runs `work` in one READ COMMITTED transaction, as `trying` does. */
export function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager, attempt: number) => Promise<T>,
): Promise<T> {
  return trying((attempt) =>
    dataSource.transaction(async (manager) => {
      await manager.query(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${TRANSACTION_LIMITS}`);
      return work(manager, attempt);
    }),
  );
}
