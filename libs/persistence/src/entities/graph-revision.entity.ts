/** A graph as it was at the end of a successful run. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { GraphRevisionId, RunId, UserId, WorkflowId } from '#libs/contracts';
import type { GraphIssue, WorkflowGraph } from '#libs/graph';
import { storedJson } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('graph_revisions')
// Orders a workflow's revisions and prevents duplicates.
@Index('graph_revisions_one_per_number', ['workflowId', 'revision'], { unique: true })
@Index('graph_revisions_by_run', ['runId'])
// For retention: oldest first.
@Index('graph_revisions_by_age', ['createdAt'])
export class GraphRevisionEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'graph_revisions_pk' })
  id: GraphRevisionId;

  @ForeignKey(() => WorkflowEntity, { name: 'graph_revisions_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'integer' })
  revision: number;

  @ForeignKey(() => RunEntity, { name: 'graph_revisions_run_fk', onDelete: 'SET NULL' })
  @Column({ name: 'run_id', type: 'text', nullable: true })
  runId: RunId | null;

  @Column({ type: 'jsonb', transformer: storedJson })
  graph: WorkflowGraph;

  /** As in the workflow's row. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  issues: GraphIssue[] | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
