/**
 * Finds SQL statements that name a table without its schema. They may work by accident on a direct connection, but fail
 * behind a pooler or in a schema chosen by the connection URL.
 */
import { globSync, readFileSync } from 'node:fs';

const TABLES =
  'users|workflows|runs|messages|steps|step_attempts|run_events|hooks|graph_revisions|idempotency_keys|migrations|worker_leases';
const STATEMENT = new RegExp(`\\b(?:FROM|JOIN|INTO|UPDATE|TRUNCATE|TABLE)\\s+(?:ONLY\\s+)?(?:${TABLES})\\b`);

/** @returns undefined when all is well, otherwise the lines */
export function findBareTableNames(
  files: readonly string[] = globSync('{apps/{api,worker},libs/*}/src/**/*.ts'),
): string | undefined {
  const found = files
    .filter((file) => !/spec\.ts$|\/migrations\//.test(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (STATEMENT.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    );
  return found.length === 0 ? undefined : found.join('\n');
}
