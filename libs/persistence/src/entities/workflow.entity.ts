/**
 * The authoritative row of a workflow: its status, epoch, graph, and the cursor of its stored messages. The lock on this
 * row orders all changes to the workflow.
 */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { RunId, UserId, WorkflowId, WorkflowStatus } from '#libs/contracts';
import type { GraphIssue, WorkflowGraph } from '#libs/graph';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { storedInteger, storedJson, storedText } from '../stored-values.js';
import { UserEntity } from './user.entity.js';

@Entity('workflows')
@Check('workflows_status_known', `status IN ('IDLE', 'GENERATING', 'WAITING', 'COMPLETING', 'FAILED')`)
// An owner's workflows, newest first.
@Index('workflows_by_owner', ['ownerId', 'ordinal'])
// For deleting a run, which must check whether it is a workflow's active one.
@Index('workflows_by_active_run', ['activeRunId'], { where: 'active_run_id IS NOT NULL' })
export class WorkflowEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'workflows_pk' })
  id: WorkflowId;

  @ForeignKey(() => UserEntity, { name: 'workflows_owner_fk' })
  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'text', transformer: storedText })
  title: string;

  /** False while the title is derived from the first prompt. */
  @Column({ name: 'title_is_own', type: 'boolean' })
  titleIsOwn: boolean;

  @Column({ type: 'text' })
  agent: string;

  @Column({ type: 'text' })
  status: WorkflowStatus;

  /** When the status last changed. */
  @Column({ name: 'status_since', type: 'timestamptz', default: () => 'clock_timestamp()' })
  statusSince: Date;

  /** The last epoch that was taken. Only grows. */
  @Column({ type: 'bigint', transformer: storedInteger })
  epoch: number;

  /** With `cursorSeq`: the position in the stream as of which the messages are stored. */
  @Column({ name: 'cursor_epoch', type: 'bigint', transformer: storedInteger })
  cursorEpoch: number;

  @Column({ name: 'cursor_seq', type: 'bigint', transformer: storedInteger })
  cursorSeq: number;

  @Column({ type: 'jsonb', transformer: storedJson })
  graph: WorkflowGraph;

  /** The linter's findings on this graph; `null` for graphs older than the column. */
  @Column({ name: 'graph_issues', type: 'jsonb', nullable: true, transformer: storedJson })
  graphIssues: GraphIssue[] | null;

  @Column({ name: 'graph_revision', type: 'integer' })
  graphRevision: number;

  /** The highest number of a stored revision that was removed; `null` while all are kept. */
  @Column({ name: 'revisions_expired_to', type: 'integer', nullable: true })
  revisionsExpiredTo: number | null;

  // By name, because importing the class would be a cycle with run.entity.
  @ForeignKey('RunEntity', { name: 'workflows_active_run_fk', onDelete: 'SET NULL' })
  @Column({ name: 'active_run_id', type: 'text', nullable: true })
  activeRunId: RunId | null;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;
}
