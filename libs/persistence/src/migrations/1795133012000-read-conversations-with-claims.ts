/** What was said before a run, so that a claim reads it in the same statement. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReadConversationsWithClaims1795133012000 implements MigrationInterface {
  readonly name = 'ReadConversationsWithClaims1795133012000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION conversation_before(of_run text, at_most integer) RETURNS json LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
      BEGIN
        RETURN (SELECT coalesce(json_agg(json_build_object('role', role, 'chunks', chunks) ORDER BY ordinal), '[]')
          FROM (SELECT role, chunks, ordinal FROM messages
                 WHERE workflow_id = (SELECT workflow_id FROM runs WHERE id = of_run)
                   AND ordinal < (SELECT min(ordinal) FROM messages WHERE run_id = of_run)
                 ORDER BY ordinal DESC LIMIT at_most) AS newest);
      END
      $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION conversation_before');
  }
}
