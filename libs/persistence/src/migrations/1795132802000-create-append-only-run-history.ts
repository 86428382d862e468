/** The append-only history of runs: triggers refuse every change except the removal of a whole workflow. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAppendOnlyRunHistory1795132802000 implements MigrationInterface {
  readonly name = 'CreateAppendOnlyRunHistory1795132802000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE run_events (
        id text NOT NULL,
        run_id text NOT NULL,
        workflow_id text NOT NULL,
        owner_id text NOT NULL,
        type text NOT NULL,
        step_id text,
        data jsonb,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT run_events_pk PRIMARY KEY (id),
        CONSTRAINT run_events_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE,
        CONSTRAINT run_events_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE
      )`);
    await queryRunner.query('CREATE INDEX run_events_by_run ON run_events (run_id, id)');
    await queryRunner.query('CREATE INDEX run_events_by_workflow ON run_events (workflow_id)');

    // A cascade runs after its workflow's row is gone, so if the workflow still exists, the row is being deleted by hand.
    await queryRunner.query(`
      CREATE FUNCTION refuse_run_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM workflows WHERE id = OLD.workflow_id) THEN
          RETURN OLD;
        END IF;
        RAISE EXCEPTION 'run_events is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER run_events_append_only BEFORE UPDATE OR DELETE ON run_events
        FOR EACH ROW EXECUTE FUNCTION refuse_run_event_change()`);
    await queryRunner.query(`
      CREATE TRIGGER run_events_no_truncate BEFORE TRUNCATE ON run_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_run_event_change()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE run_events');
    await queryRunner.query('DROP FUNCTION refuse_run_event_change()');
  }
}
