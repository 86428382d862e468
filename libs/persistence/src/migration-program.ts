/** The `migrate` command: its arguments, messages and exit codes. */
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { type ProgramRoles, roleIn } from './database-roles.js';
import { provisionRoles } from './role-provisioning.js';
import { appliedMigrations, pendingMigrations, revertLastMigration, runMigrations } from './schema-migrations.js';

interface MigrationProgram {
  /** The command-line arguments. */
  args: string[];
  /** The address used by the owner of the tables. */
  databaseUrl: string | undefined;
  /** The addresses used by the apps; both or none. Their roles are granted their rights. */
  apiUrl?: string | undefined;
  workerUrl?: string | undefined;
  /** The address of a superuser, who creates the three roles first. */
  adminUrl?: string | undefined;
  /** Receives one line, without its line break. */
  print: (line: string) => void;
  printError: (line: string) => void;
}

const OLDEST_POSTGRES = 15;

type Command = (dataSource: DataSource, roles: ProgramRoles | undefined) => Promise<string[]>;

async function up(dataSource: DataSource, roles: ProgramRoles | undefined): Promise<string[]> {
  const names = await runMigrations(dataSource, roles);
  return names.length === 0 ? ['The schema is up to date.'] : names.map((name) => `up ${name}`);
}

async function down(dataSource: DataSource): Promise<string[]> {
  const name = await revertLastMigration(dataSource);
  return [name === null ? 'There is nothing to take back.' : `down ${name}`];
}

async function status(dataSource: DataSource): Promise<string[]> {
  const applied = await appliedMigrations(dataSource);
  const pending = await pendingMigrations(dataSource);
  return [...applied.map((name) => `applied ${name}`), ...pending.map((name) => `pending ${name}`)];
}

const commands = new Map<string, Command>([
  ['up', up],
  ['down', down],
  ['status', status],
]);

/**
 * Runs one command. `down` reverts one migration. Safe to run concurrently.
 * @returns the exit code: 0 when done, 1 when it failed, 2 when called wrongly
 */
export async function runMigrationProgram(program: MigrationProgram): Promise<number> {
  const { databaseUrl, apiUrl, workerUrl, adminUrl, print, printError } = program;
  const [name = '', ...rest] = program.args;
  const command = rest.length === 0 ? commands.get(name) : undefined;
  if (!command) {
    printError('Usage: migrate up|down|status');
    return 2;
  }
  if (!databaseUrl) {
    printError('HOLDFAST_DATABASE_URL is not set: it must name the database to migrate.');
    return 2;
  }
  if (!apiUrl !== !workerUrl || (adminUrl && !apiUrl)) {
    printError(
      'HOLDFAST_DATABASE_API_URL and HOLDFAST_DATABASE_WORKER_URL belong together, and beside HOLDFAST_DATABASE_ADMIN_URL.',
    );
    return 2;
  }
  const apps = apiUrl && workerUrl ? { api: apiUrl, worker: workerUrl } : undefined;
  try {
    if (adminUrl && apps && name === 'up') {
      await connected(adminUrl, (admin) => provisionRoles(admin, { owner: databaseUrl, ...apps }));
    }
    const roles = apps && { api: roleIn(apps.api), worker: roleIn(apps.worker) };
    for (const line of await connected(databaseUrl, (dataSource) => command(dataSource, roles))) print(line);
    return 0;
  } catch (error) {
    printError(`${name} failed: ${sentenceOf(error)}`);
    return 1;
  }
}

async function connected<T>(databaseUrl: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  // A migration may rewrite a large table: no time limit.
  const options = { databaseUrl, poolSize: 2, applicationName: 'holdfast-migrate', queryTimeoutMs: 0 };
  const dataSource = await createDataSource(options).initialize();
  try {
    await refuseOldServer(dataSource);
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function refuseOldServer(dataSource: DataSource): Promise<void> {
  const [server] = await dataSource.query<{ version: string; number: number }[]>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS number`,
  );
  if (server && server.number >= OLDEST_POSTGRES) return;
  throw new Error(`it is Postgres ${server?.version}; ${OLDEST_POSTGRES} or newer is needed`);
}

/** A host name with several addresses (`localhost`) fails with several errors and no message of its own. */
function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(sentenceOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
