/** The history of a long-used workflow, written directly into Postgres. */
import type { DataSource } from 'typeorm';
import type { WorkflowId } from '#libs/contracts';

/** Adds ended runs before everything that exists, each with a prompt and an answer of about this size. */
export async function addPastRuns(
  dataSource: DataSource,
  workflowId: WorkflowId,
  runs: number,
  answerBytes = 10,
): Promise<void> {
  await dataSource.query(
    `WITH added AS (
       INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, attempts, attempts_without_progress,
                         stream_closed, created_at, finished_at, ordinal)
       OVERRIDING SYSTEM VALUE
       SELECT 'run_' || md5($1 || number), id, owner_id, agent, 'SUCCEEDED', 'Prompt ' || number, 1, 0, true,
              created_at - (1 + $2::int - number) * interval '1 minute', created_at,
              number - $2::int
         FROM workflows, generate_series(1, $2::int) AS number WHERE id = $1
       RETURNING id, workflow_id, owner_id, prompt, created_at, ordinal
     )
     INSERT INTO messages (id, workflow_id, owner_id, run_id, role, chunks, complete, created_at, ordinal)
     OVERRIDING SYSTEM VALUE
     SELECT 'msg_' || md5(role || added.id), workflow_id, owner_id, added.id, role,
            jsonb_build_array(jsonb_build_object('type', 'text-start', 'id', '0'),
                              jsonb_build_object('type', 'text-delta', 'id', '0', 'delta', delta),
                              jsonb_build_object('type', 'text-end', 'id', '0')),
            true, created_at + later * interval '1 second', ordinal * 2 + later - 1
       FROM added, LATERAL (VALUES ('user', 0, prompt), ('assistant', 1, repeat('x', $3::int))) AS part (role, later, delta)`,
    [workflowId, runs, answerBytes],
  );
}
