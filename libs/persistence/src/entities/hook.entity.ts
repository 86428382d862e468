/** A place where a run waits for an answer from outside. Only a hash of its token is stored. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { HookId, HookStatus, RunId, StepId, UserId, WorkflowId } from '#libs/contracts';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { type JsonColumn, storedJson, storedText } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { StepEntity } from './step.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('hooks')
@Check('hooks_status_known', `status IN ('WAITING', 'RESOLVED', 'EXPIRED', 'CANCELED')`)
// For webhooks to find their hook; also keeps tokens unique.
@Index('hooks_one_per_token', ['tokenHash'], { unique: true })
@Index('hooks_by_run', ['runId', 'ordinal'])
// For steps to find their hook.
@Index('hooks_by_step', ['stepId'])
// For the cascade when a workflow is deleted.
@Index('hooks_by_workflow', ['workflowId'])
export class HookEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'hooks_pk' })
  id: HookId;

  @ForeignKey(() => RunEntity, { name: 'hooks_run_fk', onDelete: 'CASCADE' })
  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @ForeignKey(() => WorkflowEntity, { name: 'hooks_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  /** The step that waits for it; null in rows of older versions, which deleted steps. */
  @ForeignKey(() => StepEntity, { name: 'hooks_step_fk', onDelete: 'SET NULL' })
  @Column({ name: 'step_id', type: 'text', nullable: true })
  stepId: StepId | null;

  @Column({ type: 'text', transformer: storedText })
  name: string;

  @Column({ type: 'text', transformer: storedText })
  title: string;

  @Column({ type: 'text' })
  status: HookStatus;

  /** SHA-256 of the token, in hex. */
  @Column({ name: 'token_hash', type: 'text' })
  tokenHash: string;

  /** JSON Schema that a payload must satisfy. */
  @Column({ type: 'jsonb', transformer: storedJson })
  schema: JsonColumn;

  /** json, not jsonb, because it keeps the order of keys: the payload becomes the step's output. */
  @Column({ type: 'json', nullable: true, transformer: storedJson })
  payload: JsonColumn;

  @Column({ name: 'resolved_by', type: 'text', nullable: true })
  resolvedBy: UserId | null;

  @Column({ name: 'resolved_at', type: 'timestamptz', nullable: true })
  resolvedAt: Date | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
