/** Migrates the schema forwards and back, and reports its state. A lock lets only one process migrate at a time. */
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { grantRights, type ProgramRoles } from './database-roles.js';
import { DEFAULT_SCHEMA } from './database-url.js';
import { allMigrations } from './migrations/all-migrations.js';
import { functionNames, schemaOf, tableNames, tablesOf } from './table-names.js';

/** Any fixed number; every process that migrates this database must use the same one. */
const MIGRATION_LOCK = 7_303_014_991;

const allNames = allMigrations.map((migration) => migration.name);
const [firstName = ''] = allNames;

/**
 * Runs `work` in one transaction in which unqualified names refer to our schema. A second process waits, and then finds the
 * work done. Lock and search path end with the transaction, because behind a pooler the session is shared.
 */
async function migrating<T>(
  dataSource: DataSource,
  work: (executor: MigrationExecutor, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    try {
      // A migration may rewrite a large table.
      await runner.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
      await runner.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await enterSchema(runner, schemaOf(dataSource));
      const result = await work(new MigrationExecutor(dataSource, runner), runner);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  } finally {
    await runner.release();
  }
}

/**
 * Runs all pending migrations, or none. Safe to call from several processes at once.
 * @param roles whose rights are set in the same transaction; without it, rights stay as they are
 * @returns the names of the migrations that this call has run, oldest first
 */
export function runMigrations(dataSource: DataSource, roles?: ProgramRoles): Promise<string[]> {
  return migrating(dataSource, async (executor, runner) => {
    const done = await executor.executePendingMigrations();
    if (roles) await grantRights(runner, roles);
    return done.map((migration) => migration.name);
  });
}

/**
 * Reverts the newest applied migration.
 * @returns its name, or `null` when there is none
 */
export function revertLastMigration(dataSource: DataSource): Promise<string | null> {
  return migrating(dataSource, async (executor, runner) => {
    const newest = (await appliedIn(runner)).at(-1);
    if (newest === undefined) return null;
    await executor.undoLastMigration();
    return newest;
  });
}

/** The names of applied migrations, oldest first. Reads only. */
export async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    return await appliedIn(runner);
  } finally {
    await runner.release();
  }
}

async function appliedIn(runner: QueryRunner): Promise<string[]> {
  const { migrations } = tablesOf(runner.dataSource);
  const [found]: { exists: boolean }[] = await runner.query('SELECT to_regclass($1) IS NOT NULL AS exists', [
    migrations,
  ]);
  if (!found?.exists) return [];
  const rows: { name: string }[] = await runner.query(`SELECT name FROM ${migrations} ORDER BY id`);
  return rows.map((row) => row.name);
}

/** Creates the schema and puts it into the transaction's search path. Refuses a schema that holds tables of another program. */
async function enterSchema(runner: QueryRunner, schema: string): Promise<void> {
  const [found]: { exists: boolean; left: string | null }[] = await runner.query(
    `SELECT to_regnamespace(quote_ident($1)) IS NOT NULL AS exists, current_schema() AS left`,
    [schema],
  );
  if (!found?.exists) await createSchema(runner, schema);
  const isHere = await holdsOurs(runner, schema);
  // Older versions used the connection's default schema. If the address names a schema, the default one may belong to
  // another instance.
  const left = !isHere && schema === DEFAULT_SCHEMA ? (found?.left ?? schema) : schema;
  if (left !== schema && (await holdsOurs(runner, left))) {
    await moveTables(runner, left, schema);
  } else if (!isHere) {
    await refuseForeign(runner, schema);
  }
  await runner.query(`SET LOCAL search_path TO "${schema}"`);
}

async function createSchema(runner: QueryRunner, schema: string): Promise<void> {
  try {
    await runner.query(`CREATE SCHEMA "${schema}"`);
  } catch (cause) {
    throw new Error(
      `The schema "${schema}" does not exist, and this role may not create it. Create it as a superuser, ` +
        `CREATE SCHEMA "${schema}" AUTHORIZATION …, or name another with ?schema= in the address of the database.`,
      { cause },
    );
  }
}

/** Other programs may have a migrations table too; ours contains our first migration. */
export async function holdsOurs(runner: QueryRunner, schema: string): Promise<boolean> {
  const columns: unknown[] = await runner.query(
    `SELECT 1 FROM information_schema.columns
      WHERE table_schema = $1 AND table_name = 'migrations' AND column_name = 'name'`,
    [schema],
  );
  if (columns.length === 0) return false;
  const rows: unknown[] = await runner.query(`SELECT 1 FROM "${schema}".migrations WHERE name::text = $1`, [firstName]);
  if (rows.length > 0) return true;
  // All migrations were reverted: only TypeORM's empty table is left.
  const foreign: unknown[] = await runner.query(`SELECT 1 FROM "${schema}".migrations LIMIT 1`);
  return foreign.length === 0 && schema === schemaOf(runner.dataSource);
}

/** Throws when the schema holds another program's tables with our names. */
export async function refuseForeign(runner: QueryRunner, schema: string): Promise<void> {
  const rows: { name: string }[] = await runner.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = quote_ident($1)::regnamespace AND relname = ANY($2) ORDER BY 1`,
    [schema, [...tableNames]],
  );
  if (rows.length === 0) return;
  throw new Error(
    `The schema "${schema}" holds tables of another program (${rows.map((row) => row.name).join(', ')}). ` +
      'Name a schema for Holdfast alone with ?schema= in the address of the database.',
  );
}

/** Indexes, constraints, sequences and triggers move with their tables. */
async function moveTables(runner: QueryRunner, from: string, to: string): Promise<void> {
  for (const table of tableNames) await runner.query(`ALTER TABLE IF EXISTS "${from}"."${table}" SET SCHEMA "${to}"`);
  const moved: { statement: string }[] = await runner.query(
    `SELECT format('ALTER FUNCTION %s SET SCHEMA %I', oid::regprocedure, $2::text) AS statement FROM pg_proc
      WHERE pronamespace = quote_ident($1)::regnamespace AND proname = ANY($3)
     UNION ALL
     SELECT format('ALTER FUNCTION %I.%I SET search_path TO %I', $2::text, proname, $2::text) FROM pg_proc
      WHERE pronamespace = quote_ident($1)::regnamespace AND proname = ANY($3) AND proconfig IS NOT NULL`,
    [from, to, [...functionNames]],
  );
  for (const { statement } of moved) await runner.query(statement);
}

/** The names of migrations in this code that have not been applied, oldest first. Reads only. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const applied = new Set(await appliedMigrations(dataSource));
  return allNames.filter((name) => !applied.has(name));
}

export interface DatabaseState {
  reachable: boolean;
  writable: boolean;
  migrated: boolean;
}

/** For readiness checks; tries a write. Never rejects: a database that does not answer counts as unreachable. */
export async function checkDatabase(dataSource: DataSource): Promise<DatabaseState> {
  try {
    const pending = await pendingMigrations(dataSource);
    return { reachable: true, writable: await takesWrites(dataSource), migrated: pending.length === 0 };
  } catch {
    return { reachable: false, writable: false, migrated: false };
  }
}

/**
 * Writes a message to the write-ahead log, which nobody reads: a standby and a full disk refuse it, and it leaves no row
 * behind. The setting that makes transactions read-only is checked separately, because the log would accept the message
 * anyway.
 */
async function takesWrites(dataSource: DataSource): Promise<boolean> {
  try {
    const [row] = await dataSource.query<{ readOnly: string }[]>(
      `SELECT current_setting('transaction_read_only') AS "readOnly", pg_logical_emit_message(true, 'holdfast', 'ready')`,
    );
    return row?.readOnly === 'off';
  } catch {
    return false;
  }
}
