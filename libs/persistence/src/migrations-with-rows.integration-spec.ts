import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, newId } from '#libs/contracts';
import { createEmptyDatabase, type EmptyDatabase } from '../testing/test-database.js';
import { allMigrations } from './migrations/all-migrations.js';
import { revertLastMigration, runMigrations } from './schema-migrations.js';

let database: EmptyDatabase;

beforeEach(async () => {
  database = await createEmptyDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
  await runMigrations(database.dataSource);
});
afterEach(() => database.drop());

const ids = {
  workflow: newId('workflow'),
  run: newId('run'),
  done: newId('step'),
  failed: newId('step'),
  sleeping: newId('step'),
  asking: newId('step'),
  hook: newId('hook'),
};

/** A workflow whose run waits, with a step that is done, one that failed for good, one that sleeps, and one with a hook. */
async function storeWaitingRun(): Promise<void> {
  const { dataSource } = database;
  const owned = [ids.run, ids.workflow, LOCAL_USER_ID];
  await dataSource.query(
    `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph, graph_revision)
     VALUES ($1, $2, 'Flights', false, 'flight-booking', 'WAITING', 1, 1, 4, '{"nodes":[],"edges":[]}', 0)`,
    [ids.workflow, LOCAL_USER_ID],
  );
  await dataSource.query(
    `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress, epoch, stream_closed)
     VALUES ($1, $2, $3, 'flight-booking', 'WAITING', 'To Oslo', 1, 0, 1, false)`,
    owned,
  );
  const insertStep = (id: string, columns: Record<string, unknown>) => {
    const row = {
      id,
      run_id: ids.run,
      workflow_id: ids.workflow,
      owner_id: LOCAL_USER_ID,
      occurrence: 0,
      chunks: '[]',
      ...columns,
    };
    const places = Object.keys(row).map((_, index) => `$${index + 1}`);
    return dataSource.query(
      `INSERT INTO steps (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`,
      Object.values(row),
    );
  };
  const soon = new Date(Date.now() + 60_000);
  await insertStep(ids.done, {
    name: 'today',
    kind: 'FUNCTION',
    status: 'SUCCEEDED',
    commit_position: 1,
    input_hash: 'a',
  });
  await insertStep(ids.failed, { name: 'quote', kind: 'FUNCTION', status: 'FAILED', commit_position: 2, error: '{}' });
  await insertStep(ids.sleeping, { name: 'sleep', kind: 'SLEEP', status: 'RUNNING', wake_at: soon });
  await insertStep(ids.asking, { name: 'pay', kind: 'HOOK', status: 'RUNNING', wake_at: soon });
  await dataSource.query(
    `INSERT INTO hooks (id, run_id, workflow_id, owner_id, name, title, status, token_hash, schema, step_id)
     VALUES ($4, $1, $2, $3, 'pay', 'Book it?', 'WAITING', 'hash', '{}', $5)`,
    [...owned, ids.hook, ids.asking],
  );
  await dataSource.query(
    `INSERT INTO messages (id, workflow_id, owner_id, run_id, role, chunks, complete) VALUES ($4, $2, $3, $1, 'user', '[]', true)`,
    [...owned, newId('message')],
  );
  await dataSource.query(
    `INSERT INTO run_events (id, run_id, workflow_id, owner_id, type) VALUES ($4, $1, $2, $3, 'run_created')`,
    [...owned, newId('runEvent')],
  );
  await dataSource.query(
    `INSERT INTO idempotency_keys (owner_id, key, input_hash, workflow_id, run_id) VALUES ($3, 'key', 'hash', $2, $1)`,
    owned,
  );
}

async function revertThrough(name: string): Promise<void> {
  for (;;) {
    const reverted = await revertLastMigration(database.dataSource);
    if (reverted === null) throw new Error(`There is no migration ${name}.`);
    if (reverted.startsWith(name)) return;
  }
}

const rows = (query: string) => database.dataSource.query<Record<string, unknown>[]>(query);

describe('migrations of a database that is in use', () => {
  it('take waits back without losing a step or a hook, and give them back', async () => {
    await storeWaitingRun();
    await revertThrough('LetRunsWait');
    expect(await rows('SELECT id, status, commit_position FROM steps ORDER BY id')).toEqual([
      { id: ids.done, status: 'SUCCEEDED', commit_position: 1 },
      { id: ids.failed, status: 'FAILED', commit_position: null },
      { id: ids.sleeping, status: 'RUNNING', commit_position: null },
      { id: ids.asking, status: 'RUNNING', commit_position: null },
    ]);
    expect(await rows('SELECT id, status FROM hooks')).toEqual([{ id: ids.hook, status: 'WAITING' }]);

    await runMigrations(database.dataSource);
    expect(await rows('SELECT id FROM steps')).toHaveLength(4);
    expect(await rows('SELECT id, step_id FROM hooks')).toEqual([{ id: ids.hook, step_id: null }]);
  });

  it('find out when the runs that wait go on by themselves', async () => {
    await storeWaitingRun();
    await revertThrough('KeepWhenRunsWake');
    await runMigrations(database.dataSource);
    const [run] = await rows('SELECT wake_at = (SELECT min(wake_at) FROM steps) AS found FROM runs');
    expect(run).toEqual({ found: true });
  });

  it('put what was appended to a message back into it', async () => {
    await storeWaitingRun();
    const appended: [number, string][] = [
      [1, '[{"type":"text-start","id":"t"}]'],
      [2, '[{"type":"text-delta","id":"t","delta":"abc"},{"type":"text-end","id":"t"}]'],
    ];
    await rows(`UPDATE messages SET role = 'assistant', chunks = '[{"type":"start"}]', segments_from = 1`);
    await rows(`UPDATE steps SET chunks = '{"from":2,"to":4}' WHERE commit_position = 1`);
    for (const [firstIndex, chunks] of [...appended, [0, '[{"type":"error"}]'] as const]) {
      await database.dataSource.query(
        `INSERT INTO message_segments SELECT id, $1, 1, 1, 0, $2, '[[1,2]]' FROM messages`,
        [firstIndex, chunks],
      );
    }
    await revertThrough('AppendSegmentsOfMessages');
    const [message] = await rows('SELECT chunks FROM messages');
    expect(message?.chunks).toEqual([{ type: 'start' }, ...appended.flatMap(([, chunks]) => JSON.parse(chunks))]);
    expect(await rows('SELECT chunks FROM steps WHERE commit_position = 1')).toEqual([
      { chunks: [{ type: 'text-delta', id: 't', delta: 'abc' }] },
    ]);
    expect(await rows(`SELECT id FROM steps WHERE chunks = '[]'`)).toHaveLength(3);
    await runMigrations(database.dataSource);
    expect(await rows('SELECT segments_from, jsonb_array_length(chunks) AS length FROM messages')).toEqual([
      { segments_from: '1', length: 4 },
    ]);
  });

  it('go all the way down and up again', async () => {
    await storeWaitingRun();
    for (const _migration of allMigrations) await revertLastMigration(database.dataSource);
    expect(await runMigrations(database.dataSource)).toHaveLength(allMigrations.length);
    expect(await rows('SELECT id FROM workflows')).toEqual([]);
  });
});
