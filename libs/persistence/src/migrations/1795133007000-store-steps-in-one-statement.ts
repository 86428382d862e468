/** Functions that start, complete and fail a step, so that each takes one statement: one round trip and one commit. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For functions that the apps call: names mean our tables, and a lock is waited for as long as in a transaction of ours. */
const settings = `SET search_path FROM CURRENT SET lock_timeout = '30s'`;

const functions = [
  'store_checkpoint',
  'fail_step_try',
  'complete_step',
  'start_step',
  'next_commit_position',
  'step_summary',
  'append_step_event',
  'lock_held',
  'lock_claimed',
  'iso_time',
  'add_usage',
  'new_id',
];

export class StoreStepsInOneStatement1795133007000 implements MigrationInterface {
  readonly name = 'StoreStepsInOneStatement1795133007000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The digits are a UUIDv7, as in ids that the apps make.
    await queryRunner.query(`
      CREATE FUNCTION new_id(prefix text) RETURNS text LANGUAGE sql VOLATILE AS $$
        SELECT prefix || '_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14)
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION add_usage(total jsonb, more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN total IS NULL OR more IS NULL THEN coalesce(total, more) ELSE jsonb_build_object(
          'inputTokens', (total->>'inputTokens')::numeric + (more->>'inputTokens')::numeric,
          'outputTokens', (total->>'outputTokens')::numeric + (more->>'outputTokens')::numeric,
          'reasoningTokens', coalesce(
            (total->>'reasoningTokens')::numeric + (more->>'reasoningTokens')::numeric,
            (total->>'reasoningTokens')::numeric, (more->>'reasoningTokens')::numeric)) END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION iso_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      $$`);

    // Each statement of a function sees what was committed before it, so what follows the lock reads the newest rows.
    await queryRunner.query(`
      CREATE FUNCTION lock_claimed(claim_workflow text, claim_epoch bigint, claim_run text) RETURNS text
        LANGUAGE plpgsql AS $$
      DECLARE
        run_status text;
      BEGIN
        PERFORM FROM workflows WHERE id = claim_workflow AND epoch = claim_epoch FOR NO KEY UPDATE;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'Epoch % of % has been superseded.', claim_epoch, claim_workflow USING ERRCODE = 'HF001';
        END IF;
        SELECT status INTO run_status FROM runs WHERE id = claim_run AND workflow_id = claim_workflow;
        IF NOT FOUND THEN
          RAISE EXCEPTION '% does not exist any more.', claim_run USING ERRCODE = 'HF001';
        END IF;
        RETURN run_status;
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION lock_held(claim_workflow text, claim_epoch bigint, claim_run text) RETURNS void
        LANGUAGE plpgsql AS $$
      DECLARE
        run_status text := lock_claimed(claim_workflow, claim_epoch, claim_run);
      BEGIN
        IF run_status NOT IN ('RUNNING', 'COMPLETING') THEN
          RAISE EXCEPTION '% is %: this claim does not hold it any more.', claim_run, run_status USING ERRCODE = 'HF001';
        END IF;
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION append_step_event(of_step text, event_type text, event_data jsonb) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO run_events (id, run_id, workflow_id, owner_id, type, step_id, data)
        SELECT new_id('evt'), run_id, workflow_id, owner_id, event_type, id, event_data FROM steps WHERE id = of_step;
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION step_summary(of_step text) RETURNS jsonb LANGUAGE plpgsql AS $$
      BEGIN
        RETURN (SELECT jsonb_build_object('id', id, 'runId', run_id, 'name', name, 'kind', kind, 'status', status,
          'error', error, 'usage', usage, 'startedAt', iso_time(started_at), 'finishedAt', iso_time(finished_at))
          FROM steps WHERE id = of_step);
      END
      $$`);

    // Positions only grow: a step that is tried again leaves a gap.
    await queryRunner.query(`
      CREATE FUNCTION next_commit_position(of_run text) RETURNS integer LANGUAGE plpgsql AS $$
      BEGIN
        RETURN (SELECT coalesce(max(commit_position), 0) + 1 FROM steps WHERE run_id = of_run);
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION start_step(
        claim_workflow text, claim_epoch bigint, claim_run text, claim_owner text, step_name text, step_occurrence integer,
        step_kind text, step_input jsonb, step_input_hash text, step_asked_after integer, pause_is_over boolean
      ) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        found_step record;
        last record;
        of_step text;
        try_number integer := 1;
        failed_tries integer := 0;
        pause_ms double precision;
      BEGIN
        PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
        SELECT id, status INTO found_step
          FROM steps WHERE run_id = claim_run AND name = step_name AND occurrence = step_occurrence;
        IF NOT FOUND THEN
          of_step := new_id('step');
          INSERT INTO steps (id, run_id, workflow_id, owner_id, name, occurrence, kind, status, input, input_hash,
                             asked_after, chunks, started_at)
          VALUES (of_step, claim_run, claim_workflow, claim_owner, step_name, step_occurrence, step_kind, 'RUNNING',
                  step_input, step_input_hash, step_asked_after, '[]', clock_timestamp());
        ELSE
          of_step := found_step.id;
          IF found_step.status = 'SUCCEEDED' THEN
            RAISE EXCEPTION '% has a stored result: it cannot start again.', of_step;
          END IF;
          -- Tries that failed and were to be followed by another, since a person last queued the run: a retry by a person
          -- starts the count again. A try that was lost or handed back has no next retry time. If the database's clock is
          -- set back, the pause restarts at its full length, but never exceeds it.
          SELECT count(*),
                 max(extract(epoch FROM least(next_retry_at - clock_timestamp(), next_retry_at - finished_at)) * 1000)
            INTO failed_tries, pause_ms
            FROM step_attempts
           WHERE step_id = of_step AND next_retry_at IS NOT NULL AND started_at > coalesce(
             (SELECT max(at) FROM run_events WHERE run_id = claim_run AND type = 'run_retried'), '-infinity');
          SELECT number, epoch, finished_at INTO last
            FROM step_attempts WHERE step_id = of_step ORDER BY number DESC LIMIT 1;
          try_number := coalesce(last.number, 0) + 1;
          IF last.epoch = claim_epoch AND last.finished_at IS NULL THEN
            -- The answer to an earlier call was lost.
            RETURN jsonb_build_object('step', step_summary(of_step), 'tryNumber', last.number,
              'failedTries', failed_tries, 'pauseMs', NULL);
          END IF;
          IF pause_ms > 0 AND NOT pause_is_over THEN
            UPDATE steps SET status = 'RETRYING' WHERE id = of_step;
            RETURN jsonb_build_object('step', step_summary(of_step), 'tryNumber', try_number,
              'failedTries', failed_tries, 'pauseMs', pause_ms);
          END IF;
          -- Slow code may ask later in a replay than at first, which says nothing, so the lowest count is kept.
          UPDATE steps SET status = 'RUNNING', input_hash = step_input_hash, error = NULL, finished_at = NULL,
                 asked_after = least(asked_after, step_asked_after),
                 started_at = coalesce(started_at, clock_timestamp())
           WHERE id = of_step;
        END IF;
        INSERT INTO step_attempts (id, step_id, owner_id, number, epoch)
        VALUES (new_id('att'), of_step, claim_owner, try_number, claim_epoch);
        PERFORM append_step_event(of_step, 'step_started',
          jsonb_build_object('name', step_name, 'kind', step_kind, 'attempt', try_number));
        RETURN jsonb_build_object('step', step_summary(of_step), 'tryNumber', try_number,
          'failedTries', failed_tries, 'pauseMs', NULL);
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION complete_step(
        claim_workflow text, claim_epoch bigint, claim_run text, of_step text, step_output json, step_chunks jsonb,
        try_usage jsonb
      ) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        found_step record;
      BEGIN
        PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
        SELECT name, status INTO STRICT found_step FROM steps WHERE id = of_step AND run_id = claim_run;
        -- A step that has a result keeps it.
        IF found_step.status <> 'SUCCEEDED' THEN
          UPDATE steps SET status = 'SUCCEEDED', output = step_output, chunks = step_chunks,
                 usage = add_usage(usage, try_usage), error = NULL, commit_position = next_commit_position(claim_run),
                 finished_at = clock_timestamp()
           WHERE id = of_step;
          UPDATE step_attempts SET finished_at = clock_timestamp(), usage = try_usage
           WHERE step_id = of_step AND finished_at IS NULL
             AND number = (SELECT max(number) FROM step_attempts WHERE step_id = of_step);
          UPDATE runs SET attempts_without_progress = 0, heartbeat_at = clock_timestamp(),
                 usage = add_usage(usage, try_usage)
           WHERE id = claim_run;
          PERFORM append_step_event(of_step, 'step_completed',
            jsonb_build_object('name', found_step.name, 'usage', try_usage));
        END IF;
        RETURN step_summary(of_step);
      END
      $$`);

    await queryRunner.query(`
      CREATE FUNCTION fail_step_try(
        claim_workflow text, claim_epoch bigint, claim_run text, of_step text, try_error jsonb,
        retry_in_ms double precision, step_chunks jsonb, try_usage jsonb
      ) RETURNS jsonb LANGUAGE plpgsql ${settings} AS $$
      DECLARE
        found_step record;
        last record;
        for_good boolean := retry_in_ms IS NULL;
      BEGIN
        PERFORM lock_held(claim_workflow, claim_epoch, claim_run);
        SELECT name, status INTO STRICT found_step FROM steps WHERE id = of_step AND run_id = claim_run;
        SELECT id, number, finished_at, next_retry_at INTO last
          FROM step_attempts WHERE step_id = of_step ORDER BY number DESC LIMIT 1;
        IF found_step.status <> 'SUCCEEDED' AND last.id IS NOT NULL AND last.finished_at IS NULL THEN
          UPDATE step_attempts SET finished_at = clock_timestamp(), error = try_error, usage = try_usage,
                 next_retry_at = clock_timestamp() + retry_in_ms * interval '1 millisecond'
           WHERE id = last.id RETURNING next_retry_at INTO last.next_retry_at;
          UPDATE runs SET usage = add_usage(usage, try_usage) WHERE id = claim_run;
          UPDATE steps SET status = CASE WHEN for_good THEN 'FAILED' ELSE 'RETRYING' END,
                 error = try_error, usage = add_usage(usage, try_usage)
           WHERE id = of_step;
          IF for_good THEN
            UPDATE steps SET chunks = step_chunks, finished_at = clock_timestamp(),
                   commit_position = next_commit_position(claim_run)
             WHERE id = of_step;
          END IF;
          PERFORM append_step_event(of_step, CASE WHEN for_good THEN 'step_failed' ELSE 'step_retrying' END,
            jsonb_build_object('name', found_step.name, 'attempt', last.number, 'error', try_error,
              'nextRetryAt', iso_time(last.next_retry_at)));
        END IF;
        RETURN jsonb_build_object('step', step_summary(of_step), 'nextRetryAt', iso_time(last.next_retry_at));
      END
      $$`);

    // The workflow must be locked. Does nothing when a later cursor is already stored.
    await queryRunner.query(`
      CREATE FUNCTION store_checkpoint(
        claim_workflow text, claim_message text, message_chunks jsonb, at_epoch bigint, at_seq bigint
      ) RETURNS void LANGUAGE plpgsql ${settings} AS $$
      BEGIN
        UPDATE workflows SET cursor_epoch = at_epoch, cursor_seq = at_seq
         WHERE id = claim_workflow AND (cursor_epoch, cursor_seq) <= (at_epoch, at_seq);
        IF FOUND THEN
          UPDATE messages SET chunks = message_chunks WHERE id = claim_message;
        END IF;
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of functions) await queryRunner.query(`DROP FUNCTION ${name}`);
  }
}
