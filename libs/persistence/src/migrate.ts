/**
 * `node dist/libs/persistence/src/migrate.js up|down|status`: migrates the schema of `HOLDFAST_DATABASE_URL` and sets the
 * rights of the apps' roles.
 */
import { runMigrationProgram } from './migration-program.js';

process.exitCode = await runMigrationProgram({
  args: process.argv.slice(2),
  databaseUrl: process.env.HOLDFAST_DATABASE_URL,
  apiUrl: process.env.HOLDFAST_DATABASE_API_URL,
  workerUrl: process.env.HOLDFAST_DATABASE_WORKER_URL,
  adminUrl: process.env.HOLDFAST_DATABASE_ADMIN_URL,
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
});
