/**
 * Parses the address of a database, including parameters that the driver does not know: the schema, and TLS modes with
 * libpq's meaning.
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** The schema of Holdfast's tables unless the address names another one. */
export const DEFAULT_SCHEMA = 'holdfast';

const modes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

type TlsChecks = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'checkServerIdentity'>;

export interface DatabaseAddress {
  /** The address without our own parameters. */
  url: string;
  schema: string;
  ssl: TlsChecks | false;
}

/**
 * Reads `?schema=`, `?sslmode=` (`disable` by default, `require`, `verify-ca`, `verify-full`), `?sslrootcert=`, `?sslcert=`
 * and `?sslkey=` (files; `sslrootcert=system` for the certificates that Node trusts). Throws an error whose message says
 * what is wrong and contains no password.
 */
export function readDatabaseUrl(text: string): DatabaseAddress {
  if (!URL.canParse(text)) throw new Error('The address of the database is not a URL.');
  const url = new URL(text);
  const take = (name: string): string | null => {
    const value = url.searchParams.get(name);
    url.searchParams.delete(name);
    return value === '' ? null : value;
  };
  const schema = take('schema');
  if (schema !== null && !/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/.test(schema)) {
    throw new Error('`schema` in the address of the database is not the name of a schema.');
  }
  // Present in addresses made for other clients. It changes nothing, because nothing here depends on a session.
  take('pgbouncer');
  const ssl = sslOptions(take('sslmode'), {
    ca: take('sslrootcert'),
    cert: take('sslcert'),
    key: take('sslkey'),
  });
  return { url: url.href, schema: schema ?? DEFAULT_SCHEMA, ssl };
}

function sslOptions(mode: string | null, files: Record<'ca' | 'cert' | 'key', string | null>): TlsChecks | false {
  if (mode !== null && !modes.some((known) => known === mode)) {
    throw new Error(`\`sslmode\` in the address of the database must be one of ${modes.join(', ')}.`);
  }
  if (mode === null || mode === 'disable') return false;
  const ca = files.ca === 'system' ? undefined : contentOf('sslrootcert', files.ca);
  const options: TlsChecks = {
    ...(ca !== undefined && { ca }),
    ...(files.cert !== null && { cert: contentOf('sslcert', files.cert) }),
    ...(files.key !== null && { key: contentOf('sslkey', files.key) }),
  };
  if (mode === 'verify-full') return options;
  // As in libpq: a root certificate is verified when one is named.
  if (mode === 'require' && ca === undefined) return { ...options, rejectUnauthorized: false };
  return { ...options, checkServerIdentity: () => undefined };
}

function contentOf(name: string, file: string | null): string | undefined {
  if (file === null) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`The file that \`${name}\` in the address of the database names cannot be read.`, { cause });
  }
}
