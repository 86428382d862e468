/** Keeps an idempotency key until it expires, even if its workflow is deleted: a repeat must not start anything new. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetIdempotencyKeysOutliveWorkflows1795133000000 implements MigrationInterface {
  readonly name = 'LetIdempotencyKeysOutliveWorkflows1795133000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE idempotency_keys
        DROP CONSTRAINT idempotency_keys_workflow_fk,
        DROP CONSTRAINT idempotency_keys_run_fk`);
    await queryRunner.query('DROP INDEX idempotency_keys_by_workflow');
    await queryRunner.query('DROP INDEX idempotency_keys_by_run');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM idempotency_keys
       WHERE NOT EXISTS (SELECT FROM runs WHERE runs.id = idempotency_keys.run_id)`);
    await queryRunner.query('CREATE INDEX idempotency_keys_by_workflow ON idempotency_keys (workflow_id)');
    await queryRunner.query('CREATE INDEX idempotency_keys_by_run ON idempotency_keys (run_id)');
    await queryRunner.query(`
      ALTER TABLE idempotency_keys
        ADD CONSTRAINT idempotency_keys_workflow_fk FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
        ADD CONSTRAINT idempotency_keys_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE`);
  }
}
