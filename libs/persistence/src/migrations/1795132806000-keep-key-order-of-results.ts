/** Stores replayed results as json instead of jsonb, which does not keep the order of keys. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepKeyOrderOfResults1795132806000 implements MigrationInterface {
  readonly name = 'KeepKeyOrderOfResults1795132806000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE steps ALTER COLUMN output TYPE json USING output::json');
    await queryRunner.query('ALTER TABLE hooks ALTER COLUMN payload TYPE json USING payload::json');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE hooks ALTER COLUMN payload TYPE jsonb USING payload::jsonb');
    await queryRunner.query('ALTER TABLE steps ALTER COLUMN output TYPE jsonb USING output::jsonb');
  }
}
