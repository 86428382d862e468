/**
 * Table names for hand-written statements, qualified with their schema, because a connection has no fixed search path:
 * behind a pooler the next statement may run in another session.
 */
import type { DataSource, EntityManager } from 'typeorm';

export const tableNames = [
  'users',
  'workflows',
  'runs',
  'messages',
  'message_segments',
  'steps',
  'step_attempts',
  'run_events',
  'hooks',
  'graph_revisions',
  'idempotency_keys',
  'worker_leases',
  'auth_sessions',
  'auth_accounts',
  'auth_verifications',
  'auth_rate_limits',
  'one_time_links',
  'migrations',
] as const;

export type TableName = (typeof tableNames)[number];

/** Functions that the migrations create. */
export const functionNames = [
  'refuse_run_event_change',
  'new_id',
  'add_usage',
  'iso_time',
  'lock_claimed',
  'lock_held',
  'append_step_event',
  'step_summary',
  'next_commit_position',
  'start_step',
  'complete_step',
  'fail_step_try',
  'store_checkpoint',
  'checkpoint_claimed',
  'take_run',
  'claim_new_run',
  'begin_completing',
  'end_run',
  'ended_run',
  'finish_run',
  'mark_stream_closed',
  'submit_prompt',
  'conversation_before',
] as const;

export type FunctionName = (typeof functionNames)[number];

/** Each table's name as used in a statement. */
export function tablesOf(source: DataSource | EntityManager): Record<TableName, string> {
  const schema = schemaOf('dataSource' in source ? source.dataSource : source);
  const names = tableNames.map((name) => [name, `"${schema}"."${name}"`]);
  return Object.fromEntries(names) as Record<TableName, string>;
}

/** A function's name as used in a statement. */
export function functionOf(source: DataSource | EntityManager, name: FunctionName): string {
  return `"${schemaOf('dataSource' in source ? source.dataSource : source)}".${name}`;
}

/** The schema of the data source. */
export function schemaOf(dataSource: DataSource): string {
  const { schema } = dataSource.options as { schema?: string };
  if (!schema) throw new Error('The data source names no schema.');
  return schema;
}
