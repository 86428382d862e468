/**
 * Stores how many results an agent had when it asked for a step: this distinguishes an agent on another path from a slow
 * one.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RememberWhenStepsWereAskedFor1795132807000 implements MigrationInterface {
  readonly name = 'RememberWhenStepsWereAskedFor1795132807000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE steps ADD COLUMN asked_after integer');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE steps DROP COLUMN asked_after');
  }
}
