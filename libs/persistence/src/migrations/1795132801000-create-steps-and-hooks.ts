import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateStepsAndHooks1795132801000 implements MigrationInterface {
  readonly name = 'CreateStepsAndHooks1795132801000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE steps (
        id text NOT NULL,
        run_id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        name text NOT NULL,
        occurrence integer NOT NULL,
        kind text NOT NULL,
        status text NOT NULL,
        input jsonb,
        output jsonb,
        chunks jsonb NOT NULL,
        error jsonb,
        usage jsonb,
        commit_position integer,
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT steps_pk PRIMARY KEY (id),
        CONSTRAINT steps_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE,
        CONSTRAINT steps_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT steps_status_known
          CHECK (status IN ('PENDING', 'RUNNING', 'RETRYING', 'SUCCEEDED', 'FAILED', 'CANCELED')),
        CONSTRAINT steps_kind_known CHECK (kind IN ('MODEL_CALL', 'TOOL_CALL', 'FUNCTION', 'SLEEP', 'HOOK')),
        CONSTRAINT steps_commit_with_success CHECK ((status = 'SUCCEEDED') = (commit_position IS NOT NULL))
      )`);
    await queryRunner.query('CREATE UNIQUE INDEX steps_one_per_occurrence ON steps (run_id, name, occurrence)');
    await queryRunner.query('CREATE UNIQUE INDEX steps_one_per_commit_position ON steps (run_id, commit_position)');
    await queryRunner.query('CREATE INDEX steps_by_workflow ON steps (workflow_id)');

    await queryRunner.query(`
      CREATE TABLE step_attempts (
        id text NOT NULL,
        step_id text NOT NULL,
        owner_id text NOT NULL,
        number integer NOT NULL,
        epoch bigint NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        error jsonb,
        next_retry_at timestamptz,
        CONSTRAINT step_attempts_pk PRIMARY KEY (id),
        CONSTRAINT step_attempts_step_fk FOREIGN KEY (step_id) REFERENCES steps (id) ON DELETE CASCADE
      )`);
    await queryRunner.query('CREATE UNIQUE INDEX step_attempts_one_per_number ON step_attempts (step_id, number)');

    await queryRunner.query(`
      CREATE TABLE hooks (
        id text NOT NULL,
        run_id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        name text NOT NULL,
        title text NOT NULL,
        status text NOT NULL,
        token_hash text NOT NULL,
        schema jsonb NOT NULL,
        payload jsonb,
        resolved_by text,
        resolved_at timestamptz,
        expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT hooks_pk PRIMARY KEY (id),
        CONSTRAINT hooks_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE,
        CONSTRAINT hooks_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT hooks_status_known CHECK (status IN ('WAITING', 'RESOLVED', 'EXPIRED', 'CANCELED'))
      )`);
    await queryRunner.query('CREATE UNIQUE INDEX hooks_one_per_token ON hooks (token_hash)');
    await queryRunner.query('CREATE INDEX hooks_by_run ON hooks (run_id, id)');
    await queryRunner.query('CREATE INDEX hooks_by_workflow ON hooks (workflow_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE hooks');
    await queryRunner.query('DROP TABLE step_attempts');
    await queryRunner.query('DROP TABLE steps');
  }
}
