/** The secrets of one home folder, created once and readable only by its owner. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice } from '../progress.mjs';

const NAMES = [
  // Of the superuser, who creates the roles below and runs no migrations.
  'postgresPassword',
  'databaseOwnerPassword',
  'databaseApiPassword',
  'databaseWorkerPassword',
  'redisPassword',
  // Authenticates the worker at the api's internal addresses.
  'serviceToken',
  // The addresses of hooks are derived from this key.
  'hookKey',
] as const;

export type Secrets = Readonly<Record<(typeof NAMES)[number], string>>;

/** Secrets that the data depends on: a home without them is damaged. Any other missing secret is created. */
const BOUND_TO_DATA = ['postgresPassword'] as const satisfies (keyof Secrets)[];

/** Reads `<home>/secrets.json`, or creates it, and adds what a home of an earlier version lacks. */
export function readSecrets(home: string): Secrets {
  const file = join(home, 'secrets.json');
  const isNew = !existsSync(file);
  if (isNew) mkdirSync(home, { recursive: true, mode: 0o755 });
  const stored = isNew ? {} : readStored(home, file);
  const fresh = () => randomBytes(24).toString('base64url');
  const secrets = Object.fromEntries(NAMES.map((name) => [name, stored[name] ?? fresh()])) as Secrets;
  const isWhole = NAMES.every((name) => name in stored);
  if (isWhole) {
    chmodSync(file, 0o600);
    return secrets;
  }
  // Written to another file and moved, so that an interrupted start leaves the old file intact.
  const next = `${file}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, `${JSON.stringify({ ...stored, ...secrets }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(next, file);
  return secrets;
}

function readStored(home: string, file: string): Partial<Secrets> {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
    if (BOUND_TO_DATA.every((name) => stored[name])) return stored;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Advice(
    `${file} is damaged. It belongs to ${join(home, 'data')}: restore it, or move both away to begin anew.`,
  );
}
