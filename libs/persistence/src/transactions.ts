/**
 * Transactions that survive a broken connection. Owns which failures are tried again, and which are an outage; every piece of work given to it
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
import { unreachableCodes } from '#libs/contracts';

/** How often a transaction is started at most. */
const TRIES = 4;
const FIRST_DELAY_MS = 25;

/**
 * Of one transaction: behind a pooler, nothing may be set for longer. A worker that is frozen inside a transaction holds its
 * workflow's row; without the second limit nobody could take over.
 */
export const TRANSACTION_LIMITS =
  "SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '5s'";

/** Serialization failure, deadlock, and every way in which the server says that it ended the session. */
const transientStates = new Set(['40001', '40P01', '25P03', '57P01', '57P02', '57P03']);
const transientSystemCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/**
 * Classes of states that say nothing about the statement: no connection, nobody let in, no such database for now,
 * resources used up, an operator's intervention, a broken disk. Source: the manual of Postgres, appendix A.
 */
const outageClasses = new Set(['08', '28', '3D', '53', '57', '58']);
/** A standby that has not been promoted yet, and a lock that was waited for in vain. */
const outageStates = new Set(['25006', '55P03']);
/** pg and its pool give these no code. */
const outageMessages =
  /^(timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool|Connection terminated|Client has encountered a connection error|Driver not Connected)/;
/** Nothing answers: another try would wait as long, and whoever asked has left when it succeeds. */
const connectTimeout = 'Connection terminated due to connection timeout';

/** Whether the same transaction may well succeed when it is started again. */
export function isTransient(error: unknown): boolean {
  // TypeORM lets go of a connection that breaks between two queries.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  const { code, message } = driverError(error);
  if (transientStates.has(code) || code.startsWith('08') || transientSystemCodes.has(code)) return true;
  // pg gives a connection that broke under a query no code.
  return message !== connectTimeout && /^Connection terminated|is not queryable$/.test(message);
}

/** Whether Postgres could not be reached or could not work, so that the same may succeed when some time has passed. */
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
 * Runs `work` in one READ COMMITTED transaction, again when the connection broke or Postgres asked for it.
 * @param work is told which try this is, from 1; in a later one the earlier may have been committed
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager, attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(async (manager) => {
        await manager.query(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${TRANSACTION_LIMITS}`);
        return work(manager, attempt);
      });
    } catch (error) {
      if (attempt >= TRIES || !isTransient(error)) throw error;
      await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
    }
  }
}
