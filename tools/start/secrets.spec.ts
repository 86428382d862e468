import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecrets } from './secrets.ts';

let home: string;
let file: string;

describe('the secrets of a home', () => {
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'));
    file = join(home, 'secrets.json');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('are made once, all different, and readable by their owner only', () => {
    const secrets = readSecrets(home);
    const values = Object.values(secrets);
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) expect(value).toMatch(/^[\w-]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readSecrets(home)).toEqual(secrets);
  });

  it('of an earlier version stay as they are and get what is new', () => {
    writeFileSync(file, JSON.stringify({ postgresPassword: 'p', serviceToken: 's' }), { mode: 0o644 });
    const secrets = readSecrets(home);
    expect(secrets).toMatchObject({ postgresPassword: 'p', serviceToken: 's' });
    expect(secrets.redisPassword).toMatch(/^[\w-]{32}$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readSecrets(home)).toEqual(secrets);
  });

  it.each([['{"serviceToken":"s"}'], ['{"postgresPassw'], ['']])('that are damaged are refused: %s', (text) => {
    writeFileSync(file, text);
    expect(() => readSecrets(home)).toThrow(`${file} is damaged`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
