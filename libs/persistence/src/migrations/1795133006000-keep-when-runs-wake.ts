/** Stores with a waiting run when it resumes by itself, so that showing the run does not require its steps. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepWhenRunsWake1795133006000 implements MigrationInterface {
  readonly name = 'KeepWhenRunsWake1795133006000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE runs ADD COLUMN wake_at timestamptz');
    await queryRunner.query(`
      UPDATE runs SET wake_at = (SELECT min(wake_at) FROM steps WHERE run_id = runs.id AND steps.status = 'RUNNING')
       WHERE status = 'WAITING'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE runs DROP COLUMN wake_at');
  }
}
