/**
 * Moving the schema forwards and back, and telling where it stands. Owns the lock that lets only one process move it.
 */
import type { DataSource } from 'typeorm';
import { allMigrations } from './migrations/all-migrations.js';

/** Any fixed number; every process that migrates this database must use the same. */
const MIGRATION_LOCK = 7_303_014_991;

const allNames = allMigrations.map((migration) => migration.name);

/** Holds a session lock around `work`. A second process waits, and then finds the work done. */
async function withMigrationLock<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      return await work();
    } finally {
      await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await holder.release();
  }
}

/**
 * Runs what is pending, each migration in its own transaction. Safe to call from several processes at once.
 * @returns the names of the migrations that this call has run, oldest first
 */
export function runMigrations(dataSource: DataSource): Promise<string[]> {
  return withMigrationLock(dataSource, async () => {
    const done = await dataSource.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  });
}

/**
 * Takes back the newest migration that has been run.
 * @returns its name, or `null` when there is none
 */
export function revertLastMigration(dataSource: DataSource): Promise<string | null> {
  return withMigrationLock(dataSource, async () => {
    const newest = (await appliedMigrations(dataSource)).at(-1);
    if (newest === undefined) return null;
    await dataSource.undoLastMigration({ transaction: 'each' });
    return newest;
  });
}

/** The names of migrations that have been run, oldest first. Reads only. */
export async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const [found] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  );
  if (!found?.exists) return [];
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return rows.map((row) => row.name);
}

/** The names of migrations that this code has and the database has not, oldest first. Reads only. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const applied = new Set(await appliedMigrations(dataSource));
  return allNames.filter((name) => !applied.has(name));
}

/** For readiness. Never rejects: a database that cannot be asked is not reachable. */
export async function checkDatabase(dataSource: DataSource): Promise<{ reachable: boolean; migrated: boolean }> {
  try {
    const pending = await pendingMigrations(dataSource);
    return { reachable: true, migrated: pending.length === 0 };
  } catch {
    return { reachable: false, migrated: false };
  }
}
