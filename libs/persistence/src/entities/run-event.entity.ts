/**
 * A row of a run's history. The database refuses to change it, and to remove it except by retention or together with its
 * workflow.
 */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { RunEventId, RunId, StepId, UserId, WorkflowId } from '#libs/contracts';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { type JsonColumn, storedJson } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('run_events')
// A run's history in order.
@Index('run_events_by_run', ['runId', 'ordinal'])
// For the cascade when a workflow is deleted.
@Index('run_events_by_workflow', ['workflowId'])
export class RunEventEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'run_events_pk' })
  id: RunEventId;

  @ForeignKey(() => RunEntity, { name: 'run_events_run_fk', onDelete: 'CASCADE' })
  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @ForeignKey(() => WorkflowEntity, { name: 'run_events_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @Column({ type: 'text' })
  type: string;

  // No foreign key: history only records what happened.
  @Column({ name: 'step_id', type: 'text', nullable: true })
  stepId: StepId | null;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  data: JsonColumn;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  at: Date;
}
