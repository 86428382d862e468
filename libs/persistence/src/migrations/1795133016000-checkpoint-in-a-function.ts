/** A function that stores a checkpoint while text flows, so that the wait for the workflow's lock has a limit on the server. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CheckpointInAFunction1795133016000 implements MigrationInterface {
  readonly name = 'CheckpointInAFunction1795133016000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Once the run has ended, its message stays as it is: only the claim itself ends its run without taking an epoch, and it
    // waits for its checkpoints first.
    await queryRunner.query(`
      CREATE FUNCTION checkpoint_claimed(
        claim_workflow text, claim_epoch bigint, claim_run text, claim_message text, segments json, at_epoch bigint,
        at_seq bigint
      ) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '30s' AS $$
      DECLARE
        run_status text := lock_claimed(claim_workflow, claim_epoch, claim_run);
      BEGIN
        IF run_status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED') THEN
          PERFORM store_checkpoint(claim_workflow, claim_message, segments, at_epoch, at_seq);
        END IF;
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION checkpoint_claimed');
  }
}
