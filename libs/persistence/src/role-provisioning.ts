/**
 * Creates the three roles of an instance: the owner of the tables, who migrates, and one for each app. A superuser creates
 * them and hands existing tables over to the owner. The rights of the apps are in `database-roles.ts`.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { type Program, quoted, roleIn } from './database-roles.js';
import { DEFAULT_SCHEMA, readDatabaseUrl } from './database-url.js';
import { holdsOurs, refuseForeign } from './schema-migrations.js';
import { functionNames, tableNames } from './table-names.js';

const SCRAM_ROUNDS = 4_096;

/** The addresses that the owner and the apps will connect with; roles and passwords are taken from them. */
export type RoleUrls = Record<Program | 'owner', string>;

/**
 * Creates missing roles, sets their passwords, and makes the owner own the schema and everything in it, including what an
 * older version left in `public`. Idempotent.
 * @param admin connected as a superuser, to the same database
 */
export async function provisionRoles(admin: DataSource, urls: RoleUrls): Promise<void> {
  const runner = admin.createQueryRunner();
  try {
    await runner.startTransaction();
    try {
      // Concurrent creation of the same role would fail.
      await runner.query(`SELECT pg_advisory_xact_lock(hashtextextended('holdfast roles', 0))`);
      for (const url of [urls.owner, urls.api, urls.worker]) await ensureRole(runner, url);
      await handOver(runner, readDatabaseUrl(urls.owner).schema, roleIn(urls.owner));
      const database = await databaseName(runner);
      const roles = Object.values(urls).map((url) => quoted(roleIn(url)));
      await runner.query(`GRANT CONNECT ON DATABASE ${quoted(database)} TO ${roles.join(', ')}`);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  } finally {
    await runner.release();
  }
}

async function ensureRole(runner: QueryRunner, url: string): Promise<void> {
  const role = roleIn(url);
  const rows: { superuser: boolean }[] = await runner.query(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = $1',
    [role],
  );
  if (rows[0]?.superuser) {
    throw new Error(`The role "${role}" is a superuser. Name another in the address of the database: it is created.`);
  }
  const verifier = scramVerifier(decodeURIComponent(new URL(url).password));
  await runner.query(`${rows[0] ? 'ALTER' : 'CREATE'} ROLE ${quoted(role)} LOGIN PASSWORD '${verifier}'`);
}

async function handOver(runner: QueryRunner, schema: string, owner: string): Promise<void> {
  await runner.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
  const schemas = (await holdsOurs(runner, schema)) ? [schema] : [];
  if (schemas.length === 0) await refuseForeign(runner, schema);
  await runner.query(`ALTER SCHEMA ${quoted(schema)} OWNER TO ${quoted(owner)}`);
  // The next migration moves them from there.
  if (schema === DEFAULT_SCHEMA && (await holdsOurs(runner, 'public'))) schemas.push('public');
  const rows: { statement: string }[] = await runner.query(
    `SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, $2::text) AS statement FROM pg_class
      WHERE relnamespace::regnamespace = ANY(SELECT quote_ident(name)::regnamespace FROM unnest($1::text[]) AS name)
        AND relname = ANY($3)
     UNION ALL
     SELECT format('ALTER FUNCTION %s OWNER TO %I', oid::regprocedure, $2::text) FROM pg_proc
      WHERE pronamespace::regnamespace = ANY(SELECT quote_ident(name)::regnamespace FROM unnest($1::text[]) AS name)
        AND proname = ANY($4)`,
    [schemas, owner, [...tableNames], [...functionNames]],
  );
  for (const { statement } of rows) await runner.query(statement);
}

async function databaseName(runner: QueryRunner): Promise<string> {
  const [row]: { name: string }[] = await runner.query('SELECT current_database() AS name');
  return row?.name ?? '';
}

/**
 * The verifier that Postgres would derive from the password, so that no statement contains the password: statements may be
 * logged. RFC 5803.
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const serverKey = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
