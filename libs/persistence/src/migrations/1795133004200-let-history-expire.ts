/** Lets the history of single runs expire, which their rows record; the ends of runs never do. Triggers enforce both. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetHistoryExpire1795133004200 implements MigrationInterface {
  readonly name = 'LetHistoryExpire1795133004200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE runs ADD COLUMN history_expired_at timestamptz');
    await queryRunner.query(`
      ALTER TABLE runs ADD CONSTRAINT runs_expired_after_end
        CHECK (history_expired_at IS NULL OR status IN ('SUCCEEDED', 'FAILED', 'CANCELED'))`);
    await queryRunner.query(`
      CREATE INDEX runs_with_history ON runs (finished_at)
        WHERE history_expired_at IS NULL AND status IN ('SUCCEEDED', 'FAILED', 'CANCELED')`);
    await queryRunner.query('ALTER TABLE workflows ADD COLUMN revisions_expired_to integer');
    await queryRunner.query('CREATE INDEX graph_revisions_by_age ON graph_revisions (created_at)');
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
  }

  async down(queryRunner: QueryRunner): Promise<void> {
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
    await queryRunner.query('DROP INDEX graph_revisions_by_age');
    await queryRunner.query('ALTER TABLE workflows DROP COLUMN revisions_expired_to');
    await queryRunner.query('DROP INDEX runs_with_history');
    await queryRunner.query('ALTER TABLE runs DROP COLUMN history_expired_at');
  }
}
