import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, limits, runErrorInfo } from '#libs/contracts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

describe('deleting a workflow', () => {
  it('takes a fraction of the time that is given to it, however many runs it has and whatever stands beside it', async () => {
    const { claim } = await db.submitAndClaim();
    await db.store.finishRun(claim, { status: 'FAILED', error: runErrorInfo('INTERNAL') }, null);
    const fill = (statement: string) => db.dataSource.query(statement, [claim.workflowId]);
    await fill(
      `INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq, graph,
                              graph_revision)
       SELECT 'wf_' || n, owner_id, title, title_is_own, agent, 'IDLE', 0, 0, 0, graph, 0
         FROM workflows, generate_series(1, 10000) AS n WHERE id = $1`,
    );
    await fill(
      `INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress,
                         stream_closed, finished_at)
       SELECT 'run_' || n, id, owner_id, agent, 'SUCCEEDED', 'p', 1, 1, true, clock_timestamp()
         FROM workflows, generate_series(1, 1500) AS n WHERE id = $1`,
    );
    await fill(
      `INSERT INTO run_events (id, run_id, workflow_id, owner_id, type)
       SELECT id || '_' || n, id, workflow_id, owner_id, 'step_started' FROM runs, generate_series(1, 60) AS n
        WHERE workflow_id = $1`,
    );
    await db.dataSource.query('ANALYZE');
    const begun = performance.now();
    expect(await db.editing.deleteWorkflow(LOCAL_USER_ID, claim.workflowId)).toMatchObject({ kind: 'deleted' });
    expect(performance.now() - begun).toBeLessThan(limits.operationMs / 2);
    expect(await db.dataSource.query('SELECT FROM run_events')).toEqual([]);
    expect(await db.dataSource.query('SELECT FROM workflows')).toHaveLength(10_000);
  });
});
