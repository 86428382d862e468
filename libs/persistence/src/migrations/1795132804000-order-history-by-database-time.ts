/** Orders a run's history by the database's clock instead of ids, which workers make. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrderHistoryByDatabaseTime1795132804000 implements MigrationInterface {
  readonly name = 'OrderHistoryByDatabaseTime1795132804000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX run_events_by_run');
    await queryRunner.query('CREATE INDEX run_events_by_run ON run_events (run_id, at, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX run_events_by_run');
    await queryRunner.query('CREATE INDEX run_events_by_run ON run_events (run_id, id)');
  }
}
