/** Stores the time zone of a prompt, which applies to schedules in it. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepTimeZoneOfPrompts1795133005000 implements MigrationInterface {
  readonly name = 'KeepTimeZoneOfPrompts1795133005000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE runs ADD COLUMN time_zone text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE runs DROP COLUMN time_zone');
  }
}
