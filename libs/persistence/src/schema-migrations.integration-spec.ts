import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, newId } from '#libs/contracts';
import { createEmptyDatabase, type EmptyDatabase } from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { runMigrationProgram } from './migration-program.js';
import { allMigrations } from './migrations/all-migrations.js';
import { checkDatabase, pendingMigrations, revertLastMigration, runMigrations } from './schema-migrations.js';
import { functionNames } from './table-names.js';

const names = allMigrations.map((migration) => migration.name);

/** The whole schema as comparable text. */
async function describeSchema(dataSource: DataSource): Promise<unknown> {
  return Promise.all([
    dataSource.query(`SELECT table_name, column_name, data_type, is_nullable, column_default
                        FROM information_schema.columns WHERE table_schema = 'holdfast' ORDER BY 1, 2`),
    dataSource.query(`SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) AS definition
                        FROM pg_constraint WHERE connamespace = 'holdfast'::regnamespace ORDER BY 1, 2`),
    dataSource.query(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'holdfast' ORDER BY indexname`),
    dataSource.query(`SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`),
    dataSource.query(`SELECT proname FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace ORDER BY 1`),
  ]);
}

describe('the migrations', () => {
  let database: EmptyDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  });
  afterEach(() => database.drop());

  it('run up, all the way down and up again to the same schema', async () => {
    const { dataSource } = database;
    expect(await runMigrations(dataSource)).toEqual(names);
    const first = await describeSchema(dataSource);

    const reverted: (string | null)[] = [];
    for (const _name of names) reverted.push(await revertLastMigration(dataSource));
    expect(reverted).toEqual([...names].reverse());
    expect(await revertLastMigration(dataSource)).toBeNull();
    const left = await dataSource.query<{ relname: string }[]>(
      `SELECT relname FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace AND relkind = 'r'`,
    );
    expect(left.map((row) => row.relname)).toEqual(['migrations']);
    expect(await dataSource.query(`SELECT 1 FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace`)).toEqual([]);

    expect(await runMigrations(dataSource)).toEqual(names);
    expect(await describeSchema(dataSource)).toEqual(first);
  });

  it('build exactly the schema that the entities describe', async () => {
    const { dataSource } = database;
    await runMigrations(dataSource);
    const difference = await dataSource.driver.createSchemaBuilder().log();
    expect(difference.upQueries.map((query) => query.query)).toEqual([]);
  });

  it('create just the functions that are moved and handed over with the tables', async () => {
    await runMigrations(database.dataSource);
    const rows = await database.dataSource.query<{ name: string }[]>(
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...functionNames].sort());
  });

  it('create the local user', async () => {
    await runMigrations(database.dataSource);
    expect(await database.dataSource.query('SELECT id FROM users')).toEqual([{ id: LOCAL_USER_ID }]);
  });

  it('run once when several processes start at the same time', async () => {
    const others = await Promise.all(
      [1, 2, 3].map(() =>
        createDataSource({ databaseUrl: database.url, poolSize: 2, applicationName: 'spec' }).initialize(),
      ),
    );
    try {
      const results = await Promise.all(others.map((other) => runMigrations(other)));
      expect(results.map((result) => result.length).sort()).toEqual([0, 0, names.length]);
      expect(await pendingMigrations(database.dataSource)).toEqual([]);
    } finally {
      await Promise.all(others.map((other) => other.destroy()));
    }
  });

  it('are reported as pending, newest last, without touching the database', async () => {
    const { dataSource } = database;
    expect(await checkDatabase(dataSource)).toEqual({ reachable: true, writable: true, migrated: false });
    expect(await pendingMigrations(dataSource)).toEqual(names);
    expect(await dataSource.query(`SELECT to_regclass('migrations') AS found`)).toEqual([{ found: null }]);
    await runMigrations(dataSource);
    await revertLastMigration(dataSource);
    expect(await pendingMigrations(dataSource)).toEqual(names.slice(-1));
    await runMigrations(dataSource);
    expect(await checkDatabase(dataSource)).toEqual({ reachable: true, writable: true, migrated: true });
  });

  it('are not needed to say that a database cannot be reached', async () => {
    const gone = createDataSource({ databaseUrl: database.url, applicationName: 'spec' });
    await gone.initialize();
    await gone.destroy();
    expect(await checkDatabase(gone)).toEqual({ reachable: false, writable: false, migrated: false });
  });

  it('keep stored results and answers, up and down, and their key order from then on', async () => {
    const { dataSource } = database;
    await runMigrations(dataSource);
    const backTo = names.length - names.indexOf('KeepKeyOrderOfResults1795132806000');
    for (let reverted = 0; reverted < backTo; reverted++) await revertLastMigration(dataSource);
    const [workflow, run] = [newId('workflow'), newId('run')];
    await dataSource.query(
      `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph, graph_revision)
       VALUES ($1, $2, 't', false, 'a', 'IDLE', 0, 0, 0, '{}', 0)`,
      [workflow, LOCAL_USER_ID],
    );
    await dataSource.query(
      `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress, stream_closed)
       VALUES ($1, $2, $3, 'a', 'QUEUED', 'p', 0, 0, false)`,
      [run, workflow, LOCAL_USER_ID],
    );
    const text = '{"zeta":"\uE0FF0000","a":[1.5,null],"longer":{"2":"two","b":"é"}}';
    const store = async (name: string, value: string | null) => {
      await dataSource.query(
        `INSERT INTO steps (id, run_id, workflow_id, owner_id, name, occurrence, kind, status, output, chunks, commit_position)
         VALUES ($1, $2, $3, $4, $5, 0, 'FUNCTION', 'SUCCEEDED', $6, '[]', $7)`,
        [newId('step'), run, workflow, LOCAL_USER_ID, name, value, name.length],
      );
      await dataSource.query(
        `INSERT INTO hooks (id, run_id, workflow_id, owner_id, name, title, status, token_hash, schema, payload)
         VALUES ($1, $2, $3, $4, $5, 't', 'RESOLVED', $5, '{}', $6)`,
        [newId('hook'), run, workflow, LOCAL_USER_ID, name, value],
      );
    };
    const stored = async () => [
      await dataSource.query('SELECT name, output AS value FROM steps ORDER BY commit_position'),
      await dataSource.query('SELECT name, payload AS value FROM hooks ORDER BY id'),
    ];
    const rows = (...values: [string, unknown][]) => Array(2).fill(values.map(([name, value]) => ({ name, value })));

    await store('old', text);
    await store('none', null);
    await runMigrations(dataSource);
    await store('new-one', text);
    expect(await stored()).toEqual(rows(['old', JSON.parse(text)], ['none', null], ['new-one', JSON.parse(text)]));
    const texts = await dataSource.query(`SELECT output::text AS text FROM steps WHERE name = 'new-one'
                                UNION ALL SELECT payload::text FROM hooks WHERE name = 'new-one'`);
    expect(texts).toEqual([{ text }, { text }]);

    for (let reverted = 0; reverted < backTo; reverted++) await revertLastMigration(dataSource);
    expect(await stored()).toEqual(rows(['old', JSON.parse(text)], ['none', null], ['new-one', JSON.parse(text)]));
  });

  it('leave a history that cannot be rewritten', async () => {
    const { dataSource } = database;
    await runMigrations(dataSource);
    const [workflow, run] = [newId('workflow'), newId('run')];
    await dataSource.query(
      `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph, graph_revision)
       VALUES ($1, $2, 't', false, 'a', 'IDLE', 0, 0, 0, '{}', 0)`,
      [workflow, LOCAL_USER_ID],
    );
    await dataSource.query(
      `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress, stream_closed)
       VALUES ($1, $2, $3, 'a', 'QUEUED', 'p', 0, 0, false)`,
      [run, workflow, LOCAL_USER_ID],
    );
    await dataSource.query(
      'INSERT INTO run_events (id, run_id, workflow_id, owner_id, type) VALUES ($1, $2, $3, $4, $5)',
      [newId('runEvent'), run, workflow, LOCAL_USER_ID, 'run_created'],
    );
    await expect(dataSource.query(`UPDATE run_events SET type = 'other'`)).rejects.toThrow('append-only');
    await expect(dataSource.query('DELETE FROM run_events')).rejects.toThrow('append-only');
    await expect(dataSource.query('DELETE FROM runs')).rejects.toThrow('append-only');
    await expect(dataSource.query('TRUNCATE run_events')).rejects.toThrow('append-only');
    expect(await dataSource.query('SELECT type FROM run_events')).toEqual([{ type: 'run_created' }]);

    await dataSource.query('DELETE FROM workflows');
    expect(await dataSource.query('SELECT type FROM run_events')).toEqual([]);
  });

  it('refuse a status that nobody knows, and a second active run', async () => {
    const { dataSource } = database;
    await runMigrations(dataSource);
    const workflow = newId('workflow');
    const insertWorkflow = (id: string, status: string) =>
      dataSource.query(
        `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph, graph_revision)
         VALUES ($1, $2, 't', false, 'a', $3, 0, 0, 0, '{}', 0)`,
        [id, LOCAL_USER_ID, status],
      );
    await expect(insertWorkflow(workflow, 'BUSY')).rejects.toThrow('workflows_status_known');
    await insertWorkflow(workflow, 'IDLE');
    const insertRun = () =>
      dataSource.query(
        `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress, stream_closed)
         VALUES ($1, $2, $3, 'a', 'QUEUED', $4, 0, 0, false)`,
        [newId('run'), workflow, LOCAL_USER_ID, randomBytes(4).toString('hex')],
      );
    await insertRun();
    await expect(insertRun()).rejects.toThrow('runs_one_active_per_workflow');
  });
});

describe('the migration program', () => {
  let database: EmptyDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  });
  afterAll(() => database.drop());

  async function migrate(args: string[], databaseUrl: string | undefined = database.url) {
    const lines: string[] = [];
    const errors: string[] = [];
    const code = await runMigrationProgram({
      args,
      databaseUrl,
      print: (line) => lines.push(line),
      printError: (line) => errors.push(line),
    });
    return { code, lines, errors };
  }

  it('says what it does, one line per migration', async () => {
    const newest = names.at(-1);
    expect((await migrate(['status'])).lines).toEqual(names.map((name) => `pending ${name}`));
    expect(await migrate(['up'])).toEqual({ code: 0, lines: names.map((name) => `up ${name}`), errors: [] });
    expect((await migrate(['up'])).lines).toEqual(['The schema is up to date.']);
    expect((await migrate(['down'])).lines).toEqual([`down ${newest}`]);
    expect((await migrate(['status'])).lines.at(-1)).toBe(`pending ${newest}`);
  });

  it('tells how it is called, and what it lacks', async () => {
    expect(await migrate([])).toMatchObject({ code: 2, errors: ['Usage: migrate up|down|status'] });
    expect(await migrate(['up', 'now'])).toMatchObject({ code: 2 });
    expect(await migrate(['constructor'])).toMatchObject({ code: 2 });
    expect((await migrate(['up'], '')).errors[0]).toContain('HOLDFAST_DATABASE_URL is not set');
  });

  it('fails with a sentence when the database does not answer', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const { code, errors } = await migrate(['up'], `postgresql://nobody:none@${host}:1/none`);
      expect(code).toBe(1);
      expect(errors[0]).toMatch(/^up failed: connect ECONNREFUSED/);
    }
  });
});
