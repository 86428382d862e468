/** Owners, workflows, runs, messages, graph revisions and idempotency keys; and the one local user. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Spelled out, because a migration must not change when the code around it does.
const LOCAL_USER_ID = 'usr_00000000000070008000000000000001';

export class CreateWorkflowsAndRuns1795132800000 implements MigrationInterface {
  readonly name = 'CreateWorkflowsAndRuns1795132800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        id text NOT NULL,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT users_pk PRIMARY KEY (id)
      )`);
    await queryRunner.query('INSERT INTO users (id, name) VALUES ($1, $2)', [LOCAL_USER_ID, 'Local user']);

    await queryRunner.query(`
      CREATE TABLE workflows (
        id text NOT NULL,
        owner_id text NOT NULL,
        title text NOT NULL,
        title_is_own boolean NOT NULL,
        agent text NOT NULL,
        status text NOT NULL,
        status_since timestamptz NOT NULL DEFAULT clock_timestamp(),
        epoch bigint NOT NULL,
        cursor_epoch bigint NOT NULL,
        cursor_seq bigint NOT NULL,
        graph jsonb NOT NULL,
        graph_revision integer NOT NULL,
        active_run_id text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT workflows_pk PRIMARY KEY (id),
        CONSTRAINT workflows_owner_fk FOREIGN KEY (owner_id) REFERENCES users (id),
        CONSTRAINT workflows_status_known
          CHECK (status IN ('IDLE', 'GENERATING', 'WAITING', 'COMPLETING', 'FAILED'))
      )`);
    await queryRunner.query('CREATE INDEX workflows_by_owner ON workflows (owner_id, id)');

    await queryRunner.query(`
      CREATE TABLE runs (
        id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        agent text NOT NULL,
        status text NOT NULL,
        prompt text NOT NULL,
        model text,
        attempts integer NOT NULL,
        attempts_without_progress integer NOT NULL,
        error jsonb,
        usage jsonb,
        epoch bigint,
        heartbeat_at timestamptz,
        stream_closed boolean NOT NULL,
        closing_since timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT runs_pk PRIMARY KEY (id),
        CONSTRAINT runs_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT runs_status_known
          CHECK (status IN ('QUEUED', 'RUNNING', 'WAITING', 'COMPLETING', 'SUCCEEDED', 'FAILED', 'CANCELED')),
        CONSTRAINT runs_error_with_failure CHECK ((status = 'FAILED') = (error IS NOT NULL)),
        CONSTRAINT runs_end_with_time
          CHECK ((status IN ('SUCCEEDED', 'FAILED', 'CANCELED')) = (finished_at IS NOT NULL))
      )`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX runs_one_active_per_workflow ON runs (workflow_id)
        WHERE status IN ('QUEUED', 'RUNNING', 'WAITING', 'COMPLETING')`);
    await queryRunner.query('CREATE INDEX runs_by_workflow ON runs (workflow_id, id)');
    await queryRunner.query('CREATE INDEX runs_by_owner ON runs (owner_id, id)');
    await queryRunner.query(`CREATE INDEX runs_alive ON runs (id) WHERE status IN ('QUEUED', 'RUNNING', 'COMPLETING')`);
    await queryRunner.query(`
      CREATE INDEX runs_stream_unclosed ON runs (finished_at)
        WHERE NOT stream_closed AND status IN ('SUCCEEDED', 'FAILED', 'CANCELED')`);
    await queryRunner.query(`
      ALTER TABLE workflows ADD CONSTRAINT workflows_active_run_fk
        FOREIGN KEY (active_run_id) REFERENCES runs (id) ON DELETE SET NULL`);

    await queryRunner.query(`
      CREATE TABLE messages (
        id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        run_id text NOT NULL,
        role text NOT NULL,
        chunks jsonb NOT NULL,
        complete boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT messages_pk PRIMARY KEY (id),
        CONSTRAINT messages_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT messages_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE,
        CONSTRAINT messages_role_known CHECK (role IN ('user', 'assistant'))
      )`);
    await queryRunner.query('CREATE INDEX messages_by_workflow ON messages (workflow_id, created_at, id)');
    await queryRunner.query('CREATE UNIQUE INDEX messages_one_per_run_and_role ON messages (run_id, role)');

    await queryRunner.query(`
      CREATE TABLE graph_revisions (
        id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        revision integer NOT NULL,
        run_id text,
        graph jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT graph_revisions_pk PRIMARY KEY (id),
        CONSTRAINT graph_revisions_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT graph_revisions_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE SET NULL
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX graph_revisions_one_per_number ON graph_revisions (workflow_id, revision)',
    );
    await queryRunner.query('CREATE INDEX graph_revisions_by_run ON graph_revisions (run_id)');

    await queryRunner.query(`
      CREATE TABLE idempotency_keys (
        owner_id text NOT NULL,
        key text NOT NULL,
        input_hash text NOT NULL,
        workflow_id text NOT NULL,
        run_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT idempotency_keys_pk PRIMARY KEY (owner_id, key),
        CONSTRAINT idempotency_keys_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        CONSTRAINT idempotency_keys_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
      )`);
    await queryRunner.query('CREATE INDEX idempotency_keys_by_workflow ON idempotency_keys (workflow_id)');
    await queryRunner.query('CREATE INDEX idempotency_keys_by_run ON idempotency_keys (run_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE idempotency_keys');
    await queryRunner.query('DROP TABLE graph_revisions');
    await queryRunner.query('DROP TABLE messages');
    await queryRunner.query('ALTER TABLE workflows DROP CONSTRAINT workflows_active_run_fk');
    await queryRunner.query('DROP TABLE runs');
    await queryRunner.query('DROP TABLE workflows');
    await queryRunner.query('DROP TABLE users');
  }
}
