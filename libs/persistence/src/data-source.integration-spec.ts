import pg from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase, type EmptyDatabase } from '../testing/test-database.js';
import { createDataSource } from './data-source.js';
import { inTransaction } from './transactions.js';

let database: EmptyDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function terminateSessions(applicationName: string): Promise<number> {
  const { rows } = await admin.query<{ ended: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = $1`,
    [applicationName],
  );
  return rows[0]?.ended ?? 0;
}

describe('a session that the server ends', () => {
  it('is no uncaught exception while its client is between the pool and whoever asked for it', async () => {
    const dataSource = await createDataSource({
      databaseUrl: database.url,
      applicationName: 'handed-over',
    }).initialize();
    const client = await (dataSource.driver as PostgresDriver).master.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    expect(await terminateSessions('handed-over')).toBe(1);
    await ended;
    client.release(true);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  it('costs a transaction a second try, however often and wherever it ends', async () => {
    const dataSource = await createDataSource({ databaseUrl: database.url, applicationName: 'busy' }).initialize();
    let ended = 0;
    const work = async () => {
      while (ended < 200) {
        await inTransaction(dataSource, async (manager) => {
          await manager.query('SELECT 1');
          await manager.query('SELECT pg_sleep(0.002)');
        }).catch(() => undefined);
      }
    };
    const busy = Promise.all(Array.from({ length: 10 }, work));
    while (ended < 200) ended += await terminateSessions('busy');
    await busy;
    expect(await inTransaction(dataSource, (manager) => manager.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });
});
