/**
 * What `migrate` does with its arguments. Owns its words and exit codes; never reads the environment.
 */
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { appliedMigrations, pendingMigrations, revertLastMigration, runMigrations } from './schema-migrations.js';

interface MigrationProgram {
  /** What follows the program's name on the command line. */
  args: string[];
  databaseUrl: string | undefined;
  /** Receives one line, without its end. */
  print: (line: string) => void;
  printError: (line: string) => void;
}

type Command = (dataSource: DataSource) => Promise<string[]>;

async function up(dataSource: DataSource): Promise<string[]> {
  const names = await runMigrations(dataSource);
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
 * Runs one command. `down` takes back one migration. Safe to run several times at once.
 * @returns the exit code: 0 when done, 1 when it failed, 2 when called wrongly
 */
export async function runMigrationProgram({ args, databaseUrl, print, printError }: MigrationProgram): Promise<number> {
  const [name = '', ...rest] = args;
  const command = rest.length === 0 ? commands.get(name) : undefined;
  if (!command) {
    printError('Usage: migrate up|down|status');
    return 2;
  }
  if (!databaseUrl) {
    printError('HOLDFAST_DATABASE_URL is not set: it must name the database to migrate.');
    return 2;
  }
  try {
    // A migration may rewrite a large table: no time limit.
    const options = { databaseUrl, poolSize: 2, applicationName: 'holdfast-migrate', queryTimeoutMs: 0 };
    const dataSource = createDataSource(options);
    await dataSource.initialize();
    try {
      for (const line of await command(dataSource)) print(line);
    } finally {
      await dataSource.destroy();
    }
    return 0;
  } catch (error) {
    printError(`${name} failed: ${sentenceOf(error)}`);
    return 1;
  }
}

/** An address that stands for several (`localhost`) fails with several errors, and no message of its own. */
function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(sentenceOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
