import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, limits, newId } from '#libs/contracts';
import { createEmptyDatabase, type EmptyDatabase } from '../testing/test-database.js';
import { Accounts } from './accounts.js';
import { OneTimeLinks } from './one-time-links.js';
import { runMigrations } from './schema-migrations.js';
import { SignInRecords } from './sign-in-records.js';

let database: EmptyDatabase;
let links: OneTimeLinks;

beforeEach(async () => {
  database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  await runMigrations(database.dataSource);
  links = new OneTimeLinks(database.dataSource);
});
afterEach(() => database.drop());

const person = (name: string) => ({ email: `${name}@example.com`, name, passwordHash: `hash of ${name}` });

describe('a link that works once', () => {
  it('works once, however many open it at the same time', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    const results = await Promise.all(['ada', 'bob', 'eve', 'zoe'].map((name) => links.accept('a', person(name))));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['accepted', 'not-found', 'not-found', 'not-found']);
    expect(await database.dataSource.query('SELECT id, role FROM users')).toEqual([
      { id: LOCAL_USER_ID, role: 'ADMINISTRATOR' },
    ]);
  });

  it('makes one local user, even from two links at the same time', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    await links.create({ kind: 'ADMINISTRATOR' }, 'b');
    const results = await Promise.all([links.accept('a', person('ada')), links.accept('b', person('bob'))]);
    expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
    expect(await database.dataSource.query('SELECT count(*)::int FROM users')).toEqual([{ count: 2 }]);
    expect(await database.dataSource.query('SELECT count(*)::int FROM auth_accounts')).toEqual([{ count: 2 }]);
  });

  it('ends with its time', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    expect(await links.find('a')).toEqual({ kind: 'ADMINISTRATOR', email: null });
    await database.dataSource.query(`UPDATE one_time_links SET expires_at = expires_at - interval '1 hour'`);
    expect(await links.find('a')).toBeNull();
    expect(await links.accept('a', person('ada'))).toEqual({ kind: 'not-found' });
  });

  it('gives an invited person the address that was invited, once', async () => {
    expect(await links.create({ kind: 'INVITATION', email: 'bob@example.com' }, 'b')).toBe('created');
    expect(await links.accept('b', person('eve'))).toMatchObject({ kind: 'accepted', email: 'bob@example.com' });
    expect(await links.create({ kind: 'INVITATION', email: 'bob@example.com' }, 'c')).toBe('taken');
    expect(await links.create({ kind: 'RESET', email: 'eve@example.com' }, 'd')).toBe('unknown');
  });

  it('replaces a password and ends the sessions of its user, but not for one who is disabled', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    await links.accept('a', person('ada'));
    const records = new SignInRecords(database.dataSource);
    const expiresAt = new Date(Date.UTC(2100, 0));
    await records.createSession({ id: newId('session'), userId: LOCAL_USER_ID, token: 't', expiresAt }, 'hash of ada');
    await links.create({ kind: 'RESET', email: 'ada@example.com' }, 'older');
    await links.create({ kind: 'RESET', email: 'ada@example.com' }, 'newer');
    expect(await links.find('older')).toBeNull();
    expect(await links.accept('newer', { ...person('eve'), passwordHash: 'new' })).toMatchObject({ kind: 'accepted' });
    expect(await database.dataSource.query('SELECT password FROM auth_accounts')).toEqual([{ password: 'new' }]);
    expect(await new Accounts(database.dataSource).signedIn('t')).toBeNull();
    await links.create({ kind: 'RESET', email: 'ada@example.com' }, 'last');
    await database.dataSource.query('UPDATE users SET disabled_at = now()');
    expect(await links.accept('last', person('ada'))).toEqual({ kind: 'not-found' });
    expect(await links.create({ kind: 'RESET', email: 'ada@example.com' }, 'none')).toBe('unknown');
  });
});

describe('the sessions of a user', () => {
  it('are bounded: a new one ends the oldest', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    await links.accept('a', person('ada'));
    const records = new SignInRecords(database.dataSource);
    const expiresAt = new Date(Date.UTC(2100, 0));
    for (let number = 0; number <= limits.sessionsPerUser; number += 1) {
      const session = { id: newId('session'), userId: LOCAL_USER_ID, token: `t${number}`, expiresAt };
      await records.createSession(session, 'hash of ada');
    }
    expect(await records.count('session', [])).toBe(limits.sessionsPerUser);
    expect(await new Accounts(database.dataSource).signedIn('t0')).toBeNull();
    expect(await new Accounts(database.dataSource).signedIn('t1')).toMatchObject({ userId: LOCAL_USER_ID });
  });
});

describe('a session that begins while the password changes', () => {
  const session = () => ({
    id: newId('session'),
    userId: LOCAL_USER_ID,
    token: 't',
    expiresAt: new Date(Date.UTC(2100, 0)),
  });

  it('is refused, because another password was verified', async () => {
    await links.create({ kind: 'ADMINISTRATOR' }, 'a');
    await links.accept('a', person('ada'));
    const records = new SignInRecords(database.dataSource);
    let begun: Promise<unknown> = Promise.resolve();
    await database.dataSource.transaction(async (manager) => {
      await manager.query(`UPDATE auth_accounts SET password = 'new'`);
      begun = records.createSession(session(), 'hash of ada');
      // Asked outside the transaction, in which the view would not change.
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(() => database.dataSource.query<unknown[]>(waiting), { timeout: 20_000 }).not.toEqual([]);
    });
    expect(await begun).toBeNull();
    expect(await records.count('session', [])).toBe(0);
    expect(await records.createSession(session(), 'new')).not.toBeNull();
  });
});

describe('the rows of the sign-in library', () => {
  it('are found by the conditions that are known, and by no others', async () => {
    const records = new SignInRecords(database.dataSource);
    await records.create('rateLimit', { id: '1', key: 'k', count: 1, lastRequest: 5, unknown: 'dropped' });
    const at = (operator: string, value: number) =>
      records.find('rateLimit', [{ field: 'lastRequest', operator, value }]);
    expect(await at('gte', 5)).toHaveLength(1);
    expect(await at('gt', 5)).toHaveLength(0);
    await expect(at('contains', 5)).rejects.toThrow('not supported');
    expect(await records.delete('rateLimit', [])).toBe(0);
    const key = { field: 'key', operator: 'eq', value: 'k' };
    await expect(records.delete('rateLimit', [key, { ...key, value: 'x' }])).rejects.toThrow('Two conditions');
    const below = [key, { field: 'count', operator: 'lt', value: 2 }];
    const counted = await Promise.all([1, 2, 3].map(() => records.increment('rateLimit', below, { count: 1 }, {})));
    expect(counted.filter((row) => row !== null)).toHaveLength(1);
    const consumed = await Promise.all([1, 2, 3].map(() => records.consume('rateLimit', [key])));
    expect(consumed.filter((row) => row !== null)).toHaveLength(1);
  });
});
