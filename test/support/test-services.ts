/**
 * The Postgres and Redis that the test runner has started. Owns fresh databases for suites.
 */
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

/** An empty database of its own. */
export async function createDatabase({ searchPath = true } = {}): Promise<TestDatabase> {
  const adminUrl = required('HOLDFAST_TEST_DATABASE_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runAsAdmin(adminUrl, `CREATE DATABASE ${name}`);
  // Short names for the statements of suites. What the apps send is spelled out: `test/faults/pooler` proves it.
  if (searchPath) await runAsAdmin(adminUrl, `ALTER DATABASE ${name} SET search_path = holdfast, public`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runAsAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
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
