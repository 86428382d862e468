/** Stores the linter's findings beside their graph, so that reading a graph does not lint it. Older graphs have none. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepFindingsWithGraphs1795133002000 implements MigrationInterface {
  readonly name = 'KeepFindingsWithGraphs1795133002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE workflows ADD COLUMN graph_issues jsonb');
    await queryRunner.query('ALTER TABLE graph_revisions ADD COLUMN issues jsonb');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE graph_revisions DROP COLUMN issues');
    await queryRunner.query('ALTER TABLE workflows DROP COLUMN graph_issues');
  }
}
