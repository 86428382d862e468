/** The secrets of one home folder, made once and readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice } from '../progress.mjs';

export interface Secrets {
  postgresPassword: string;
  /** What the worker shows to the api's internal addresses. */
  serviceToken: string;
}

/** Reads `<home>/secrets.json`, or makes it. */
export function readSecrets(home: string): Secrets {
  const file = join(home, 'secrets.json');
  if (!existsSync(file)) {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    const fresh = () => randomBytes(24).toString('base64url');
    const secrets: Secrets = { postgresPassword: fresh(), serviceToken: fresh() };
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return secrets;
  }
  chmodSync(file, 0o600);
  try {
    const { postgresPassword, serviceToken } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
    if (postgresPassword && serviceToken) return { postgresPassword, serviceToken };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Advice(
    `${file} is damaged. It belongs to ${join(home, 'data')}: restore it, or move both away to begin anew.`,
  );
}
