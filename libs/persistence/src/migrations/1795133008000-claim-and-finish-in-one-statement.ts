/** Functions that claim a run, begin its completion and finish it in one statement each. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For functions that the apps call: names mean our tables, and a lock is waited for as long as in a transaction of ours. */
const settings = `SET search_path FROM CURRENT SET lock_timeout = '30s'`;

const functions = [
  'claim_new_run',
  'take_run',
  'mark_stream_closed',
  'finish_run',
  'ended_run',
  'end_run',
  'begin_completing',
];

/** What a later migration replaces, and restores when it is taken back. */
export const finishRun = `
  CREATE FUNCTION finish_run(
    claim_workflow text, claim_epoch bigint, claim_run text, end_status text, end_error jsonb,
    workflow_status text, attempt_error jsonb, own_title text, save_revision boolean, failed_steps text[]
  ) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    run_status text := lock_claimed(claim_workflow, claim_epoch, claim_run);
  BEGIN
    IF run_status IN ('SUCCEEDED', 'FAILED', 'CANCELED') THEN
      -- Any other end takes a new epoch, so under this one only this call can have ended the run, and its reply was lost.
      RETURN (SELECT ended_run(id) FROM runs
               WHERE id = claim_run AND epoch = claim_epoch AND status = end_status);
    END IF;
    PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
    -- A title that a person has set in the meantime stays.
    UPDATE workflows SET title = own_title, title_is_own = true
     WHERE id = claim_workflow AND own_title IS NOT NULL AND NOT title_is_own;
    IF save_revision THEN
      -- A run that changed nothing ends at a revision that is already stored.
      INSERT INTO graph_revisions (id, workflow_id, owner_id, revision, run_id, graph, issues)
      SELECT new_id('rev'), id, owner_id, graph_revision, claim_run, graph, graph_issues
        FROM workflows WHERE id = claim_workflow
      ON CONFLICT DO NOTHING;
    END IF;
    -- Without a commit position, a retry executes them again instead of replaying their failures.
    UPDATE steps SET commit_position = NULL
     WHERE id = ANY(failed_steps) AND run_id = claim_run AND status = 'FAILED';
    PERFORM end_run(claim_run, end_status, end_error, workflow_status, attempt_error);
    RETURN ended_run(claim_run);
  END
  $$`;

// The cursor moves past the terminal event, which holds no chunks, so the stored message is exact there as well. Later
// readers are then not sent an end that is over, which matters most while the next run is queued.
export const markStreamClosed = `
  CREATE FUNCTION mark_stream_closed(
    claim_workflow text, claim_epoch bigint, claim_run text, at_epoch bigint, at_seq bigint
  ) RETURNS void LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    run_status text := lock_claimed(claim_workflow, claim_epoch, claim_run);
  BEGIN
    -- A person may retry the run before its worker gets here; its next end must then still be published.
    IF run_status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'QUEUED') THEN
      RAISE EXCEPTION '% is %: its stream is not closed.', claim_run, run_status;
    END IF;
    UPDATE workflows SET cursor_seq = at_seq
     WHERE id = claim_workflow AND epoch = at_epoch AND cursor_epoch = at_epoch AND cursor_seq < at_seq;
    UPDATE runs SET stream_closed = true
     WHERE id = claim_run AND run_status <> 'QUEUED' AND NOT stream_closed;
  END
  $$`;

export class ClaimAndFinishInOneStatement1795133008000 implements MigrationInterface {
  readonly name = 'ClaimAndFinishInOneStatement1795133008000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The workflow must be locked.
    await queryRunner.query(`
      CREATE FUNCTION take_run(of_run text, worker text, has_progressed boolean) RETURNS jsonb
        LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        run runs%ROWTYPE;
        workflow record;
        message text;
        moment timestamptz := clock_timestamp();
      BEGIN
        SELECT * INTO STRICT run FROM runs WHERE id = of_run;
        SELECT id INTO STRICT message FROM messages WHERE run_id = of_run AND role = 'assistant';
        UPDATE workflows SET epoch = epoch + 1, cursor_epoch = epoch + 1, cursor_seq = 0,
               status = 'GENERATING', updated_at = moment,
               status_since = CASE WHEN status = 'GENERATING' THEN status_since ELSE moment END
         WHERE id = run.workflow_id
        RETURNING epoch, CASE WHEN title_is_own THEN title END AS title, graph, graph_revision INTO workflow;
        UPDATE runs SET status = 'RUNNING', epoch = workflow.epoch, attempts = attempts + 1,
               attempts_without_progress = CASE WHEN has_progressed THEN 0 ELSE attempts_without_progress END + 1,
               held_by = worker, lost_as = NULL, heartbeat_at = moment, started_at = coalesce(started_at, moment)
         WHERE id = of_run;
        INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, data)
        VALUES (new_id('evt'), of_run, run.workflow_id, run.owner_id,
                CASE WHEN run.attempts = 0 THEN 'run_started' ELSE 'run_taken_over' END,
                jsonb_build_object('epoch', workflow.epoch, 'attempt', run.attempts + 1));
        RETURN jsonb_build_object(
          'claim', jsonb_build_object('runId', of_run, 'workflowId', run.workflow_id, 'ownerId', run.owner_id,
            'epoch', workflow.epoch, 'attempt', run.attempts + 1, 'messageId', message),
          'agent', run.agent, 'prompt', run.prompt, 'timeZone', run.time_zone,
          'startedAt', iso_time(coalesce(run.started_at, moment)), 'claimedAt', iso_time(moment),
          'lost', CASE WHEN run.lost_as IS NOT NULL
            THEN jsonb_build_object('attempt', run.attempts, 'cause', run.lost_as) END,
          'title', workflow.title, 'graph', workflow.graph, 'graphRevision', workflow.graph_revision,
          'isFollowUp', EXISTS (SELECT FROM runs WHERE workflow_id = run.workflow_id AND ordinal < run.ordinal));
      END
      $$`);

    // Most claims are of a run that nothing has happened to since it was submitted; a run that was canceled while it was
    // queued, and retried, has an epoch and a closed message. NULL when there is more to do than to take it.
    await queryRunner.query(`
      CREATE FUNCTION claim_new_run(of_run text, worker text) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      BEGIN
        PERFORM FROM workflows WHERE id = (SELECT workflow_id FROM runs WHERE id = of_run) FOR NO KEY UPDATE;
        IF EXISTS (SELECT FROM runs AS new WHERE id = of_run AND status = 'QUEUED' AND attempts = 0 AND epoch IS NULL
          AND NOT EXISTS (SELECT FROM runs AS ended WHERE ended.workflow_id = new.workflow_id AND NOT ended.stream_closed
             AND ended.status IN ('SUCCEEDED', 'FAILED', 'CANCELED'))) THEN
          RETURN take_run(of_run, worker, false);
        END IF;
        RETURN NULL;
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION begin_completing(claim_workflow text, claim_epoch bigint, claim_run text) RETURNS text
        LANGUAGE plpgsql ${settings} AS $$
      BEGIN
        PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
        UPDATE runs SET status = 'COMPLETING', heartbeat_at = clock_timestamp()
         WHERE id = claim_run AND status <> 'COMPLETING';
        IF FOUND THEN
          UPDATE workflows SET status = 'COMPLETING', status_since = clock_timestamp(), updated_at = clock_timestamp()
           WHERE id = claim_workflow;
          INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, data)
          SELECT new_id('evt'), id, workflow_id, owner_id, 'run_completing', jsonb_build_object('epoch', claim_epoch)
            FROM runs WHERE id = claim_run;
        END IF;
        RETURN (SELECT iso_time(status_since) FROM workflows WHERE id = claim_workflow);
      END
      $$`);

    // The workflow must be locked, and the run must not have ended.
    await queryRunner.query(`
      CREATE FUNCTION end_run(
        of_run text, end_status text, end_error jsonb, workflow_status text, attempt_error jsonb
      ) RETURNS void LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        run record;
        moment timestamptz := clock_timestamp();
      BEGIN
        UPDATE step_attempts SET finished_at = moment, error = attempt_error
         WHERE finished_at IS NULL
           AND step_id IN (SELECT id FROM steps WHERE run_id = of_run AND status <> 'SUCCEEDED');
        UPDATE steps SET status = 'CANCELED', finished_at = moment
         WHERE run_id = of_run AND status IN ('PENDING', 'RUNNING', 'RETRYING');
        WITH canceled AS (
          UPDATE hooks SET status = 'CANCELED' WHERE run_id = of_run AND status = 'WAITING' RETURNING *)
        INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, step_id, data)
        SELECT new_id('evt'), of_run, workflow_id, owner_id, 'hook_canceled', step_id,
               jsonb_build_object('hookId', id, 'name', name)
          FROM canceled ORDER BY ordinal;
        UPDATE messages SET complete = true WHERE run_id = of_run;
        UPDATE runs SET status = end_status, error = end_error, held_by = NULL, lost_as = NULL, finished_at = moment,
               epoch = (SELECT epoch FROM workflows WHERE id = runs.workflow_id)
         WHERE id = of_run
        RETURNING workflow_id, owner_id, epoch INTO run;
        UPDATE workflows SET status = workflow_status, active_run_id = NULL, updated_at = moment,
               status_since = CASE WHEN status = workflow_status THEN status_since ELSE moment END
         WHERE id = run.workflow_id;
        INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, data)
        VALUES (new_id('evt'), of_run, run.workflow_id, run.owner_id, 'run_' || lower(end_status),
                CASE WHEN end_error IS NULL THEN jsonb_build_object('epoch', run.epoch)
                     ELSE jsonb_build_object('epoch', run.epoch, 'error', end_error) END);
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION ended_run(of_run text) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      BEGIN
        RETURN (SELECT jsonb_build_object('runId', id, 'epoch', coalesce(epoch, 0), 'status', status, 'error', error,
          'at', iso_time(finished_at),
          'steps', coalesce((SELECT jsonb_agg(step_summary(steps.id) ORDER BY ordinal)
            FROM steps WHERE run_id = of_run AND steps.status = 'CANCELED'), '[]'),
          'hooks', coalesce((SELECT jsonb_agg(jsonb_build_object('id', hooks.id, 'runId', run_id, 'name', name,
              'title', title, 'status', hooks.status, 'resolvedBy', resolved_by, 'resolvedAt', iso_time(resolved_at),
              'expiresAt', iso_time(expires_at)) ORDER BY ordinal)
            FROM hooks WHERE run_id = of_run AND hooks.status = 'CANCELED'), '[]'))
          FROM runs WHERE id = of_run);
      END
      $$`);

    await queryRunner.query(finishRun);

    await queryRunner.query(markStreamClosed);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of functions) await queryRunner.query(`DROP FUNCTION ${name}`);
  }
}
