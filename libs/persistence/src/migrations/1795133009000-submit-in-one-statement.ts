/** A function that stores an accepted prompt in one statement. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SubmitInOneStatement1795133009000 implements MigrationInterface {
  readonly name = 'SubmitInOneStatement1795133009000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION submit_prompt(
        of_owner text, of_workflow text, new_workflow text, new_run text, agent_name text, prompt_text text,
        model_name text, zone text, first_title text, first_graph jsonb, first_issues jsonb,
        question text, question_chunks jsonb, answer text, answer_chunks jsonb,
        submit_key text, submit_lock text, submit_hash text
      ) RETURNS jsonb LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '30s' AS $$
      DECLARE
        workflow record;
        spent record;
        target text := coalesce(of_workflow, new_workflow);
      BEGIN
        -- The connection of an earlier call may have broken: that call may be waiting still, or this run exists already.
        PERFORM pg_advisory_xact_lock(hashtextextended(submit_lock, 0));
        IF EXISTS (SELECT FROM runs WHERE id = new_run) THEN
          RETURN jsonb_build_object('kind', 'accepted', 'workflowId', target, 'runId', new_run, 'replayed', false);
        END IF;
        IF submit_key IS NOT NULL THEN
          SELECT input_hash, workflow_id, run_id INTO spent
            FROM idempotency_keys WHERE owner_id = of_owner AND key = submit_key;
          IF FOUND AND spent.input_hash <> submit_hash THEN
            RETURN jsonb_build_object('kind', 'idempotency-reused');
          ELSIF FOUND THEN
            RETURN jsonb_build_object('kind', 'accepted', 'workflowId', spent.workflow_id, 'runId', spent.run_id,
              'replayed', true);
          END IF;
        END IF;
        IF of_workflow IS NULL THEN
          INSERT INTO workflows (id, owner_id, title, title_is_own, agent, status, epoch, cursor_epoch, cursor_seq,
                                 graph, graph_issues, graph_revision)
          VALUES (target, of_owner, first_title, false, agent_name, 'IDLE', 0, 0, 0, first_graph, first_issues, 0);
        ELSE
          SELECT agent, status INTO workflow
            FROM workflows WHERE id = target AND owner_id = of_owner FOR NO KEY UPDATE;
          IF NOT FOUND THEN
            RETURN jsonb_build_object('kind', 'not-found');
          ELSIF workflow.agent <> agent_name THEN
            RETURN jsonb_build_object('kind', 'agent-mismatch', 'agent', workflow.agent);
          ELSIF workflow.status NOT IN ('IDLE', 'FAILED') THEN
            RETURN jsonb_build_object('kind', 'locked', 'status', workflow.status);
          END IF;
        END IF;
        INSERT INTO runs (id, workflow_id, owner_id, agent, status, prompt, model, time_zone, attempts,
                          attempts_without_progress, stream_closed)
        VALUES (new_run, target, of_owner, agent_name, 'QUEUED', prompt_text, model_name, zone, 0, 0, false);
        UPDATE workflows SET status = 'GENERATING', active_run_id = new_run, updated_at = clock_timestamp(),
               status_since = clock_timestamp()
         WHERE id = target;
        INSERT INTO messages (id, workflow_id, owner_id, run_id, role, chunks, complete)
        VALUES (question, target, of_owner, new_run, 'user', question_chunks, true);
        INSERT INTO messages (id, workflow_id, owner_id, run_id, role, chunks, complete)
        VALUES (answer, target, of_owner, new_run, 'assistant', answer_chunks, false);
        IF submit_key IS NOT NULL THEN
          INSERT INTO idempotency_keys (owner_id, key, input_hash, workflow_id, run_id)
          VALUES (of_owner, submit_key, submit_hash, target, new_run);
        END IF;
        INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, data)
        VALUES (new_id('evt'), new_run, target, of_owner, 'run_created',
                jsonb_build_object('agent', agent_name, 'model', model_name));
        RETURN jsonb_build_object('kind', 'accepted', 'workflowId', target, 'runId', new_run, 'replayed', false);
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION submit_prompt');
  }
}
