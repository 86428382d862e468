/**
 * Makes deletion of large workflows fast: the trigger that guards history checks all rows of a statement together, and an
 * index finds the workflow of a run. Before, both checks ran for every row and took longer than the time limit.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class JudgeDeletesAtOnce1795133004300 implements MigrationInterface {
  readonly name = 'JudgeDeletesAtOnce1795133004300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION refuse_run_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        refused boolean := true;
      BEGIN
        IF TG_OP = 'DELETE' THEN
          EXECUTE format(
            $query$SELECT EXISTS (
              SELECT 1 FROM gone JOIN %1$I.workflows ON workflows.id = gone.workflow_id
               WHERE gone.type IN ('run_succeeded', 'run_failed', 'run_canceled')
                  OR NOT EXISTS (
                    SELECT 1 FROM %1$I.runs WHERE runs.id = gone.run_id AND history_expired_at IS NOT NULL))$query$,
            TG_TABLE_SCHEMA) INTO refused;
        END IF;
        IF refused THEN
          RAISE EXCEPTION 'run_events is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
      END
      $$`);
    await queryRunner.query('DROP TRIGGER run_events_append_only ON run_events');
    await queryRunner.query(`
      CREATE TRIGGER run_events_append_only BEFORE UPDATE ON run_events
        FOR EACH ROW EXECUTE FUNCTION refuse_run_event_change()`);
    // After the statement, because a cascade runs when the row of its workflow is gone.
    await queryRunner.query(`
      CREATE TRIGGER run_events_no_delete AFTER DELETE ON run_events REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_run_event_change()`);
    await queryRunner.query(
      'CREATE INDEX workflows_by_active_run ON workflows (active_run_id) WHERE active_run_id IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX workflows_by_active_run');
    await queryRunner.query('DROP TRIGGER run_events_no_delete ON run_events');
    await queryRunner.query('DROP TRIGGER run_events_append_only ON run_events');
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION refuse_run_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        stands boolean;
        expired boolean;
      BEGIN
        IF TG_OP = 'DELETE' THEN
          EXECUTE format(
            'SELECT EXISTS (SELECT 1 FROM %1$I.workflows WHERE id = $1),
                    EXISTS (SELECT 1 FROM %1$I.runs WHERE id = $2 AND history_expired_at IS NOT NULL)', TG_TABLE_SCHEMA)
            INTO stands, expired USING OLD.workflow_id, OLD.run_id;
          IF NOT stands OR expired AND OLD.type NOT IN ('run_succeeded', 'run_failed', 'run_canceled') THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'run_events is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER run_events_append_only BEFORE UPDATE OR DELETE ON run_events
        FOR EACH ROW EXECUTE FUNCTION refuse_run_event_change()`);
  }
}
