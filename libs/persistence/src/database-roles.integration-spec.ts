import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmptyDatabase, type EmptyDatabase } from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { roleIn, roleProblems, tableRights } from './database-roles.js';
import { runMigrationProgram } from './migration-program.js';
import { runMigrations } from './schema-migrations.js';

let database: EmptyDatabase;
let urls: Record<'owner' | 'api' | 'worker', string>;
const opened: DataSource[] = [];

beforeEach(async () => {
  database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL, { searchPath: false });
  const mark = `spec_${randomBytes(6).toString('hex')}`;
  const as = (role: string) => {
    const url = new URL(database.url);
    url.username = `${mark}_"${role}`;
    url.password = `it's ${role}`;
    return url.href;
  };
  urls = { owner: as('owner'), api: as('api'), worker: as('worker') };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
  for (const url of Object.values(urls)) await dropRole(roleIn(url));
  await database.drop();
});

async function dropRole(role: string): Promise<void> {
  const found: unknown[] = await database.dataSource.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (found.length === 0) return;
  const name = `"${role.replaceAll('"', '""')}"`;
  await database.dataSource.query(`DROP OWNED BY ${name}`);
  await database.dataSource.query(`DROP ROLE ${name}`);
}

async function connect(databaseUrl: string): Promise<DataSource> {
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'roles' }).initialize();
  opened.push(dataSource);
  return dataSource;
}

async function migrate(given: { admin?: boolean; apps?: boolean; owner?: string } = {}): Promise<string[]> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const { admin = true, apps = true, owner = urls.owner } = given;
  const code = await runMigrationProgram({
    args: ['up'],
    databaseUrl: owner,
    adminUrl: admin ? database.url : undefined,
    apiUrl: apps ? urls.api : undefined,
    workerUrl: apps ? urls.worker : undefined,
    print,
    printError: print,
  });
  return code === 0 ? [] : lines;
}

const denied = /permission denied|must be owner/;

const refusedToBoth = [
  'UPDATE holdfast.run_events SET type = type',
  'DELETE FROM holdfast.messages',
  'DELETE FROM holdfast.migrations',
  'TRUNCATE holdfast.messages',
  'DROP TABLE holdfast.runs',
  'ALTER TABLE holdfast.run_events DISABLE TRIGGER ALL',
  'CREATE TABLE holdfast.mine ()',
  'CREATE TABLE public.mine ()',
  'CREATE SCHEMA mine',
  'SELECT FROM pg_authid',
  `COPY (SELECT 1) TO PROGRAM 'true'`,
];

const refused = {
  api: [
    `UPDATE holdfast.steps SET output = 'null'`,
    `INSERT INTO holdfast.steps (id) VALUES ('x')`,
    'DELETE FROM holdfast.steps',
    'DELETE FROM holdfast.run_events',
    'UPDATE holdfast.users SET id = id',
    'DELETE FROM holdfast.users',
  ],
  worker: [
    `INSERT INTO holdfast.runs (id) VALUES ('x')`,
    'DELETE FROM holdfast.workflows',
    `UPDATE holdfast.idempotency_keys SET input_hash = ''`,
    'SELECT FROM holdfast.users',
    'SELECT FROM holdfast.auth_sessions',
    'SELECT FROM holdfast.one_time_links',
  ],
};

describe('the roles of the database', () => {
  it('have rights on every table that the migrations make, and on no other', async () => {
    expect(await migrate()).toEqual([]);
    const rows = await database.dataSource.query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace AND relkind = 'r'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(tableRights).sort());
  });

  it('are no superusers, own nothing but the schema of the owner, and fit their programs', async () => {
    expect(await migrate()).toEqual([]);
    const roles = Object.values(urls).map(roleIn);
    expect(
      await database.dataSource.query(
        `SELECT FROM pg_roles WHERE rolname = ANY($1)
            AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)`,
        [roles],
      ),
    ).toEqual([]);
    expect(
      await database.dataSource.query(
        `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace`,
      ),
    ).toEqual([{ owner: roleIn(urls.owner) }]);
    expect(await roleProblems(await connect(urls.api), 'api')).toEqual([]);
    expect(await roleProblems(await connect(urls.worker), 'worker')).toEqual([]);
  });

  it.each(['api', 'worker'] as const)('let the %s do nothing else', async (program) => {
    expect(await migrate()).toEqual([]);
    const dataSource = await connect(urls[program]);
    for (const statement of [...refusedToBoth, ...refused[program]]) {
      await expect(dataSource.query(statement), statement).rejects.toThrow(denied);
    }
  });

  it('lose what was given to them besides, and are given it again, by the next migration', async () => {
    expect(await migrate()).toEqual([]);
    const name = (url: string) => `"${roleIn(url).replaceAll('"', '""')}"`;
    await database.dataSource.query(`GRANT DELETE, UPDATE (prompt) ON holdfast.runs TO ${name(urls.worker)}`);
    await database.dataSource.query(`REVOKE INSERT ON holdfast.run_events FROM ${name(urls.worker)}`);
    const worker = await connect(urls.worker);
    expect(await roleProblems(worker, 'worker')).toEqual([
      expect.stringMatching(/may do more than the worker needs \(DELETE on runs\)/),
      expect.stringMatching(/may not do what the worker does \(INSERT on run_events\)/),
    ]);
    expect(await migrate({ admin: false })).toEqual([]);
    expect(await roleProblems(worker, 'worker')).toEqual([]);
  });

  it('take over the tables of a superuser, also those of a version that had them in public', async () => {
    const older = await connect(`${database.url}?schema=public`);
    await runMigrations(older);
    expect(await migrate()).toEqual([]);
    const owners = await database.dataSource.query(
      `SELECT DISTINCT relnamespace::regnamespace::text AS schema, pg_get_userbyid(relowner) AS owner
         FROM pg_class WHERE relname = 'run_events'`,
    );
    expect(owners).toEqual([{ schema: 'holdfast', owner: roleIn(urls.owner) }]);
    expect(await roleProblems(await connect(urls.api), 'api')).toEqual([]);
    expect(await migrate()).toEqual([]);
  });

  it('are made for the schema that the address of the owner names', async () => {
    for (const [name, url] of Object.entries(urls)) urls[name as 'owner'] = `${url}?schema=Team-B`;
    expect(await migrate()).toEqual([]);
    for (const program of ['api', 'worker'] as const) {
      expect(await roleProblems(await connect(urls[program]), program)).toEqual([]);
    }
    expect(await database.dataSource.query(`SELECT to_regnamespace('holdfast') AS other`)).toEqual([{ other: null }]);
  });

  it('leave the tables of a neighbour in public to it', async () => {
    await database.dataSource.query('CREATE TABLE users (id bigint)');
    expect(await migrate()).toEqual([]);
    expect(await migrate({ owner: `${urls.owner}?schema=public` })).toEqual([
      expect.stringMatching(/holds tables of another program \(users\)/),
    ]);
    expect(
      await database.dataSource.query(`SELECT pg_get_userbyid(relowner) = current_user AS kept
         FROM pg_class WHERE oid = 'public.users'::regclass`),
    ).toEqual([{ kept: true }]);
  });

  it('may be one for everything, which works and is said to be weaker', async () => {
    urls.api = urls.owner;
    urls.worker = urls.owner;
    expect(await migrate()).toEqual([]);
    expect(await migrate({ admin: false })).toEqual([]);
    const dataSource = await connect(urls.owner);
    expect(await dataSource.query('SELECT FROM holdfast.users')).toHaveLength(1);
    expect(await roleProblems(dataSource, 'api')).toEqual([expect.stringMatching(/owns the tables.*role of its own/)]);
    expect(await roleProblems(database.dataSource, 'worker')).toEqual([expect.stringMatching(/is a superuser/)]);
  });

  it('may be two: one for the owner and one for both apps', async () => {
    urls.worker = urls.api;
    expect(await migrate()).toEqual([]);
    const dataSource = await connect(urls.api);
    expect(await roleProblems(dataSource, 'api')).toEqual([expect.stringMatching(/may do more than the api needs/)]);
    await expect(dataSource.query('DROP TABLE holdfast.runs')).rejects.toThrow(denied);
  });

  it('are asked for in words when they are missing, half named or too mighty', async () => {
    expect(await migrate({ admin: false, owner: database.url })).toEqual([
      expect.stringMatching(/^up failed: The role ".*" does not exist.*HOLDFAST_DATABASE_ADMIN_URL/),
    ]);
    expect(await migrate({ apps: false })).toEqual([expect.stringMatching(/HOLDFAST_DATABASE_API_URL and/)]);
    expect(await migrate({ owner: database.url })).toEqual([expect.stringMatching(/is a superuser. Name another/)]);
  });
});
