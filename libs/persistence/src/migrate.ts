/**
 * `node dist/libs/persistence/src/migrate.js up|down|status`: moves the schema of `HOLDFAST_DATABASE_URL`. Owns nothing
 * but the process around the program.
 */
import { runMigrationProgram } from './migration-program.js';

process.exitCode = await runMigrationProgram({
  args: process.argv.slice(2),
  databaseUrl: process.env.HOLDFAST_DATABASE_URL,
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
});
