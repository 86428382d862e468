/**
 * `node dist/apps/api/src/account/admin-link.js`: prints a link to standard output, with which whoever opens it first
 * becomes an administrator. It works once and for an hour. Whoever may run this has the database anyway.
 */
import 'reflect-metadata';
import { createDataSource, OneTimeLinks } from '#libs/persistence';
import { hashOf, newToken } from '../auth/secret-tokens.js';
import { EnvironmentError, readLinkEnvironment } from '../environment.js';

async function main(): Promise<void> {
  const { databaseUrl, url } = readLinkEnvironment();
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'holdfast-admin-link' }).initialize();
  try {
    const token = newToken();
    await new OneTimeLinks(dataSource).create({ kind: 'ADMINISTRATOR' }, hashOf(token));
    process.stdout.write(
      `Whoever opens this link first becomes an administrator. It works once, and for an hour:\n\n  ${url}/invite/${token}\n\n`,
    );
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof EnvironmentError ? 'The settings do not fit:\n' : ''}${reason}\n`);
  process.exitCode = 1;
});
