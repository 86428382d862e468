import { describe, expect, it } from 'vitest';
import { readDatabaseUrl } from './database-url.js';

const address = 'postgres://user:secret@db.example.org:5432/app';

describe('the address of a database', () => {
  it('names a schema, or Holdfast has one of its own', () => {
    expect(readDatabaseUrl(address)).toEqual({ url: address, schema: 'holdfast', ssl: false });
    const named = readDatabaseUrl(`${address}?schema=team_a&application_name=x&pgbouncer=true`);
    expect(named).toEqual({ url: `${address}?application_name=x`, schema: 'team_a', ssl: false });
  });

  it('says how the server is checked, as libpq reads it', () => {
    const ssl = (query: string) => readDatabaseUrl(`${address}?${query}`).ssl;
    const ca = new URL('./database-url.ts', import.meta.url).pathname;
    expect(ssl('sslmode=disable')).toBe(false);
    expect(ssl('sslmode=require')).toEqual({ rejectUnauthorized: false });
    expect(ssl(`sslmode=require&sslrootcert=${ca}`)).toMatchObject({ ca: expect.any(String) });
    expect(ssl(`sslmode=require&sslrootcert=${ca}`)).not.toMatchObject({ rejectUnauthorized: false });
    expect(ssl(`sslmode=verify-ca&sslrootcert=${ca}`)).toMatchObject({ checkServerIdentity: expect.any(Function) });
    expect(Object.keys(ssl(`sslmode=verify-full&sslrootcert=${ca}`))).toEqual(['ca']);
    expect(ssl('sslmode=verify-full&sslrootcert=system')).toEqual({});
  });

  it.each([
    'sslmode=prefer',
    'sslmode=VERIFY-FULL',
    'schema=a"b',
    'schema=a;b',
    'sslmode=verify-ca&sslrootcert=/nowhere',
  ])('is refused with %s, in words without the password', (query) => {
    expect(() => readDatabaseUrl(`${address}?${query}`)).toThrow(/database/);
    expect(() => readDatabaseUrl(`${address}?${query}`)).not.toThrow(/secret/);
  });
});
