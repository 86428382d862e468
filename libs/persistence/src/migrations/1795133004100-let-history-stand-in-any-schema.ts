/** Makes the trigger that guards history find the workflows table in its own schema, whatever the search path. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetHistoryStandInAnySchema1795133004100 implements MigrationInterface {
  readonly name = 'LetHistoryStandInAnySchema1795133004100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION refuse_run_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        stands boolean;
      BEGIN
        IF TG_OP = 'DELETE' THEN
          EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.workflows WHERE id = $1)', TG_TABLE_SCHEMA)
            INTO stands USING OLD.workflow_id;
          IF NOT stands THEN
            RETURN OLD;
          END IF;
        END IF;
        RAISE EXCEPTION 'run_events is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION refuse_run_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM workflows WHERE id = OLD.workflow_id) THEN
          RETURN OLD;
        END IF;
        RAISE EXCEPTION 'run_events is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
      END
      $$`);
  }
}
