/** Orders lists by numbers that Postgres assigns, not by ids or times, which depend on clocks. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each table with its creation time column, by which existing rows are numbered. */
const tables = [
  ['workflows', 'created_at'],
  ['runs', 'created_at'],
  ['messages', 'created_at'],
  ['steps', 'started_at'],
  ['run_events', 'at'],
  ['hooks', 'created_at'],
] as const;

/** Name of the index, then its columns before and after. */
const indexes = [
  ['workflows_by_owner', 'workflows (owner_id, id)', 'workflows (owner_id, ordinal)'],
  ['runs_by_workflow', 'runs (workflow_id, id)', 'runs (workflow_id, ordinal)'],
  ['runs_by_owner', 'runs (owner_id, id)', 'runs (owner_id, ordinal)'],
  ['messages_by_workflow', 'messages (workflow_id, created_at, id)', 'messages (workflow_id, ordinal)'],
  ['run_events_by_run', 'run_events (run_id, at, id)', 'run_events (run_id, ordinal)'],
  ['hooks_by_run', 'hooks (run_id, id)', 'hooks (run_id, ordinal)'],
] as const;

export class CountRows1795133004000 implements MigrationInterface {
  readonly name = 'CountRows1795133004000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // History must be changed this once: it gets a column.
    await queryRunner.query('ALTER TABLE run_events DISABLE TRIGGER run_events_append_only');
    for (const [table, created] of tables) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN ordinal bigint`);
      await queryRunner.query(`
        UPDATE ${table} SET ordinal = counted.ordinal
          FROM (SELECT id, row_number() OVER (ORDER BY ${created}, id) AS ordinal FROM ${table}) AS counted
         WHERE ${table}.id = counted.id`);
      await queryRunner.query(`ALTER TABLE ${table} ALTER COLUMN ordinal SET NOT NULL`);
      await queryRunner.query(`ALTER TABLE ${table} ALTER COLUMN ordinal ADD GENERATED ALWAYS AS IDENTITY`);
      await queryRunner.query(`
        SELECT setval(pg_get_serial_sequence('${table}', 'ordinal'), coalesce(max(ordinal), 0) + 1, false) FROM ${table}`);
    }
    await queryRunner.query('ALTER TABLE run_events ENABLE TRIGGER run_events_append_only');
    for (const [name, , columns] of indexes) {
      await queryRunner.query(`DROP INDEX ${name}`);
      await queryRunner.query(`CREATE INDEX ${name} ON ${columns}`);
    }
    await queryRunner.query('CREATE INDEX steps_by_run ON steps (run_id, ordinal)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX steps_by_run');
    for (const [name, columns] of indexes) {
      await queryRunner.query(`DROP INDEX ${name}`);
      await queryRunner.query(`CREATE INDEX ${name} ON ${columns}`);
    }
    for (const [table] of tables) await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN ordinal`);
  }
}
