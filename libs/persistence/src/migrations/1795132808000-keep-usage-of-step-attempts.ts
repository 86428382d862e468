/** Stores the usage of each try of a step, so that tokens of a failed try are not lost. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepUsageOfStepAttempts1795132808000 implements MigrationInterface {
  readonly name = 'KeepUsageOfStepAttempts1795132808000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE step_attempts ADD COLUMN usage jsonb');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE step_attempts DROP COLUMN usage');
  }
}
