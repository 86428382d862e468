/** An index for finding expired idempotency keys. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LetIdempotencyKeysEnd1795132805000 implements MigrationInterface {
  readonly name = 'LetIdempotencyKeysEnd1795132805000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX idempotency_keys_by_age');
  }
}
