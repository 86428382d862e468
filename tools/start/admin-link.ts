/** `npm run admin:link`: prints the link for an administrator of the instance that `npm start` runs in this folder's home. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, printFailure } from '../progress.mjs';
import { readSettings } from './settings.ts';

const ENTRY = 'dist/apps/api/src/account/admin-link.js';

try {
  const { home, url } = readSettings();
  const file = join(home, 'run', 'instance.json');
  if (!existsSync(file)) throw new Advice('Holdfast is not running here. Run `npm start` in another terminal first.');
  const { databaseUrl } = JSON.parse(readFileSync(file, 'utf8')) as { databaseUrl: string };
  const env = { HOLDFAST_PUBLIC_URL: url, ...process.env, HOLDFAST_DATABASE_URL: databaseUrl };
  process.exitCode = spawnSync(process.execPath, [ENTRY], { env, stdio: 'inherit' }).status ?? 1;
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
