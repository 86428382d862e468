/** The end of a run in one statement: with the result of its last step, and with its message as one list. */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { finishRun, markStreamClosed } from './1795133008000-claim-and-finish-in-one-statement.js';

const settings = `SET search_path FROM CURRENT SET lock_timeout = '30s'`;

export class EndRunsInOneStatement1795133011000 implements MigrationInterface {
  readonly name = 'EndRunsInOneStatement1795133011000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION finish_run');
    // A step or a message that is NULL is left as it is.
    await queryRunner.query(`
      CREATE FUNCTION finish_run(
        claim_workflow text, claim_epoch bigint, claim_run text, end_status text, end_error jsonb,
        workflow_status text, attempt_error jsonb, own_title text, save_revision boolean, failed_steps text[],
        last_step text, last_output json, last_chunks jsonb, last_usage jsonb,
        claim_message text, message_chunks jsonb, segments json, at_epoch bigint, at_seq bigint
      ) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        run_status text := lock_claimed(claim_workflow, claim_epoch, claim_run);
      BEGIN
        IF run_status IN ('SUCCEEDED', 'FAILED', 'CANCELED') THEN
          -- Any other end takes a new epoch, so under this one only this call can have ended the run, and its reply was lost.
          RETURN (SELECT ended_run(id) || jsonb_build_object('completed', step_summary(last_step)) FROM runs
                   WHERE id = claim_run AND epoch = claim_epoch AND status = end_status);
        END IF;
        PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
        IF last_step IS NOT NULL THEN
          PERFORM complete_step(claim_workflow, claim_epoch, claim_run, last_step, last_output, last_chunks, last_usage);
        END IF;
        IF message_chunks IS NOT NULL THEN
          PERFORM store_checkpoint(claim_workflow, claim_message, segments, at_epoch, at_seq);
          UPDATE messages SET chunks = message_chunks, complete = true, segments_from = greatest(segments_from, (
                   SELECT first_index + chunk_count FROM message_segments WHERE message_id = claim_message
                    ORDER BY first_index DESC LIMIT 1))
           WHERE id = claim_message;
        END IF;
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
        RETURN ended_run(claim_run) || jsonb_build_object('completed', step_summary(last_step));
      END
      $$`);

    await queryRunner.query('DROP FUNCTION mark_stream_closed');
    // Nobody waits for this to reach the disk: if Postgres crashes before it does, the end is published once more.
    await queryRunner.query(`
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
        PERFORM set_config('synchronous_commit', 'off', true);
        -- The cursor moves past the terminal event, which holds no chunks, so the stored message is exact there as well.
        -- Later readers are then not sent an end that is over, which matters most while the next run is queued.
        UPDATE workflows SET cursor_seq = at_seq
         WHERE id = claim_workflow AND epoch = at_epoch AND cursor_epoch = at_epoch AND cursor_seq < at_seq;
        UPDATE runs SET stream_closed = true
         WHERE id = claim_run AND run_status <> 'QUEUED' AND NOT stream_closed;
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['finish_run', 'mark_stream_closed']) await queryRunner.query(`DROP FUNCTION ${name}`);
    for (const create of [finishRun, markStreamClosed]) await queryRunner.query(create);
  }
}
