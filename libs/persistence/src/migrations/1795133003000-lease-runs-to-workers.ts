/** Stores which worker holds a run, the leases of workers, and why an attempt was lost. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LeaseRunsToWorkers1795133003000 implements MigrationInterface {
  readonly name = 'LeaseRunsToWorkers1795133003000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE worker_leases (
        id text NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        lease_until timestamptz NOT NULL,
        cut_off boolean NOT NULL DEFAULT false,
        gone_as text,
        CONSTRAINT worker_leases_pk PRIMARY KEY (id),
        CONSTRAINT worker_leases_gone_as_known CHECK (gone_as IN ('KILLED', 'HUNG', 'CUT_OFF'))
      )
    `);
    await queryRunner.query(`
      ALTER TABLE runs
        ADD COLUMN held_by text,
        ADD COLUMN lost_as text,
        ADD CONSTRAINT runs_lost_as_known CHECK (lost_as IN ('KILLED', 'HUNG', 'CUT_OFF', 'BROKE_OFF', 'HANDED_BACK'))
    `);
    await queryRunner.query('CREATE INDEX runs_held ON runs (held_by) WHERE held_by IS NOT NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX runs_held');
    await queryRunner.query('ALTER TABLE runs DROP COLUMN held_by, DROP COLUMN lost_as');
    await queryRunner.query('DROP TABLE worker_leases');
  }
}
