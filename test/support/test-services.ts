/** The Postgres and Redis started by the test runner, with a fresh database for each suite. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run the tests with \`npm test\`, which starts what they need.`);
  return value;
}

export function redisUrl(): string {
  return required('HOLDFAST_TEST_REDIS_URL');
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A new empty database. */
export async function createDatabase({ searchPath = true } = {}): Promise<TestDatabase> {
  const adminUrl = required('HOLDFAST_TEST_DATABASE_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runAsAdmin(adminUrl, `CREATE DATABASE ${name}`);
  // Lets suites use unqualified table names. The apps qualify theirs, as `test/faults/pooler` proves.
  if (searchPath) await runAsAdmin(adminUrl, `ALTER DATABASE ${name} SET search_path = holdfast, public`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await runAsAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      const roles = Object.values(roleUrls(url.href)).map((of) => new URL(of).username);
      await runAsAdmin(adminUrl, `DROP ROLE IF EXISTS ${roles.join(', ')}`);
    },
  };
}

/** The URLs of owner, api and worker for one database, each with its own role. The migrations create the roles. */
export function roleUrls(databaseUrl: string): Record<'owner' | 'api' | 'worker', string> {
  const as = (name: string) => {
    const url = new URL(databaseUrl);
    url.username = `${url.pathname.slice(1)}_${name}`;
    url.password = `password of ${name}`;
    return url.href;
  };
  return { owner: as('owner'), api: as('api'), worker: as('worker') };
}

export interface DatabaseCopy {
  /** Replaces the database with the copy; works once. Sessions on the database are ended. */
  restore(): Promise<void>;
}

/** Copies this database, as a backup would. Sessions on it are ended; none may start meanwhile. */
export async function copyDatabase({ url }: TestDatabase): Promise<DatabaseCopy> {
  const adminUrl = required('HOLDFAST_TEST_DATABASE_URL');
  const name = new URL(url).pathname.slice(1);
  const copy = `${name}_copy`;
  await runAsAdmin(adminUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  await runAsAdmin(adminUrl, `CREATE DATABASE ${copy} TEMPLATE ${name}`);
  return {
    restore: async () => {
      await runAsAdmin(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
      await runAsAdmin(adminUrl, `ALTER DATABASE ${copy} RENAME TO ${name}`);
      await runAsAdmin(adminUrl, `ALTER DATABASE ${name} SET search_path = holdfast, public`);
    },
  };
}

async function runAsAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
