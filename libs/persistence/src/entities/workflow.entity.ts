/**
 * A workflow's row: the truth about its status, its epoch, its graph and the cursor that its messages belong to. Its row
 * lock orders everything that happens to the workflow.
 */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { RunId, UserId, WorkflowId, WorkflowStatus } from '#libs/contracts';
import type { GraphIssue, WorkflowGraph } from '#libs/graph';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { storedInteger, storedJson, storedText } from '../stored-values.js';
import { UserEntity } from './user.entity.js';

@Entity('workflows')
@Check('workflows_status_known', `status IN ('IDLE', 'GENERATING', 'WAITING', 'COMPLETING', 'FAILED')`)
// One owner's list, newest first.
@Index('workflows_by_owner', ['ownerId', 'ordinal'])
// What deleting a run asks: whether it is anybody's active one.
@Index('workflows_by_active_run', ['activeRunId'], { where: 'active_run_id IS NOT NULL' })
export class WorkflowEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'workflows_pk' })
  id: WorkflowId;

  @ForeignKey(() => UserEntity, { name: 'workflows_owner_fk' })
  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'text', transformer: storedText })
  title: string;

  /** False while the title is only the first line of the first prompt. */
  @Column({ name: 'title_is_own', type: 'boolean' })
  titleIsOwn: boolean;

  @Column({ type: 'text' })
  agent: string;

  @Column({ type: 'text' })
  status: WorkflowStatus;

  @Column({ name: 'status_since', type: 'timestamptz', default: () => 'clock_timestamp()' })
  statusSince: Date;

  /** The last epoch that anybody took. Only grows. */
  @Column({ type: 'bigint', transformer: storedInteger })
  epoch: number;

  /** With `cursorSeq`: the place in the stream as of which the messages are stored. */
  @Column({ name: 'cursor_epoch', type: 'bigint', transformer: storedInteger })
  cursorEpoch: number;

  @Column({ name: 'cursor_seq', type: 'bigint', transformer: storedInteger })
  cursorSeq: number;

  @Column({ type: 'jsonb', transformer: storedJson })
  graph: WorkflowGraph;

  /** What the linter finds in this graph; `null` of graphs that are older than the column. */
  @Column({ name: 'graph_issues', type: 'jsonb', nullable: true, transformer: storedJson })
  graphIssues: GraphIssue[] | null;

  @Column({ name: 'graph_revision', type: 'integer' })
  graphRevision: number;

  /** The highest number of a stored revision that was removed; `null` while all are kept. */
  @Column({ name: 'revisions_expired_to', type: 'integer', nullable: true })
  revisionsExpiredTo: number | null;

  // By name: a class here and in run.entity would be an import cycle.
  @ForeignKey('RunEntity', { name: 'workflows_active_run_fk', onDelete: 'SET NULL' })
  @Column({ name: 'active_run_id', type: 'text', nullable: true })
  activeRunId: RunId | null;

  /** Its place among all rows of the table, in the order of their creation. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;
}
