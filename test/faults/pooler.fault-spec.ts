import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { PersistentSubscriber, runIdsOf, startGenerations, untilEnded } from '../support/generations.ts';
import { PgBouncer } from '../support/pg-bouncer.ts';
import { System } from '../support/system.ts';
import { createDatabase, type TestDatabase } from '../support/test-services.ts';

let database: TestDatabase;
let pooler: PgBouncer;
let system: System;

beforeAll(async () => {
  database = await createDatabase({ searchPath: false });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('CREATE TABLE migrations (id serial PRIMARY KEY, migration text); CREATE TABLE users (id bigint)');
  await client.end();
  pooler = await PgBouncer.start(database.url);
  system = await System.start({
    tokensPerSecond: 100,
    workers: 2,
    database,
    appDatabaseUrl: `${pooler.url}?schema=behind_pooler`,
  });
});

afterAll(async () => {
  await system?.stop();
  await pooler?.stop();
});

describe('behind PgBouncer in transaction mode, in a schema of its own beside the tables of another program', () => {
  it('runs succeed, also those of a worker that is killed, and no subscriber has a gap', async () => {
    const generations = await startGenerations(system, 12);
    const subscribers = generations.map((generation) => new PersistentSubscriber(system, generation));
    await system.workers[0]?.kill('SIGKILL');
    await system.addWorker();
    const runs = await untilEnded(system, runIdsOf(generations));
    expect(runs.filter((run) => run.status !== 'SUCCEEDED')).toEqual([]);
    expect(await system.evidence.redoneSteps(runIdsOf(generations), await system.modelRequests())).toEqual([]);
    expect(await system.evidence.staleWrites(runIdsOf(generations))).toEqual([]);
    for (const subscriber of subscribers) await subscriber.seesAll();
  });

  it('a run waits, is answered, canceled and tried again', async () => {
    const run = await AgentRun.start(system, 'post-author', 'Write a post about our new office dog');
    const hook = await run.waitsAt(1);
    expect(await run.resolve(hook, { approved: true })).toEqual([]);
    await run.reaches('SUCCEEDED');
    const other = await AgentRun.start(system, 'post-author', 'Write a post about our new office cat');
    await other.waitsAt(1);
    await system.api.cancelRun(other.runId);
    await other.reaches('CANCELED');
  });
});
