/** Columns that let a run wait without a worker, replay failed steps, and notice swapped steps. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetRunsWait1795132803000 implements MigrationInterface {
  readonly name = 'LetRunsWait1795132803000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE steps ADD COLUMN input_hash text, ADD COLUMN wake_at timestamptz');
    await queryRunner.query('ALTER TABLE steps DROP CONSTRAINT steps_commit_with_success');
    await queryRunner.query(`
      ALTER TABLE steps ADD CONSTRAINT steps_commit_with_result CHECK (CASE status
        WHEN 'SUCCEEDED' THEN commit_position IS NOT NULL
        WHEN 'FAILED' THEN true
        ELSE commit_position IS NULL END)`);
    await queryRunner.query(`
      CREATE INDEX steps_by_wake_time ON steps (wake_at)
        WHERE status = 'RUNNING' AND wake_at IS NOT NULL`);
    await queryRunner.query(`
      ALTER TABLE hooks ADD COLUMN step_id text,
        ADD CONSTRAINT hooks_step_fk FOREIGN KEY (step_id) REFERENCES steps (id) ON DELETE SET NULL`);
    await queryRunner.query('CREATE INDEX hooks_by_step ON hooks (step_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE hooks DROP COLUMN step_id');
    await queryRunner.query('DROP INDEX steps_by_wake_time');
    await queryRunner.query('ALTER TABLE steps DROP CONSTRAINT steps_commit_with_result');
    await queryRunner.query(`UPDATE steps SET commit_position = NULL WHERE status = 'FAILED'`);
    await queryRunner.query(`
      ALTER TABLE steps ADD CONSTRAINT steps_commit_with_success
        CHECK ((status = 'SUCCEEDED') = (commit_position IS NOT NULL))`);
    await queryRunner.query('ALTER TABLE steps DROP COLUMN wake_at, DROP COLUMN input_hash');
  }
}
