/** What a client's idempotency key was spent on. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { RunId, UserId, WorkflowId } from '#libs/contracts';
import { storedText } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('idempotency_keys')
// What deleting a workflow walks along.
@Index('idempotency_keys_by_workflow', ['workflowId'])
@Index('idempotency_keys_by_run', ['runId'])
// Which keys are forgotten next.
@Index('idempotency_keys_by_age', ['createdAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn({ name: 'owner_id', type: 'text', primaryKeyConstraintName: 'idempotency_keys_pk' })
  ownerId: UserId;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'idempotency_keys_pk', transformer: storedText })
  key: string;

  /** SHA-256 of the input that the key came with, in hex. */
  @Column({ name: 'input_hash', type: 'text' })
  inputHash: string;

  @ForeignKey(() => WorkflowEntity, { name: 'idempotency_keys_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @ForeignKey(() => RunEntity, { name: 'idempotency_keys_run_fk', onDelete: 'CASCADE' })
  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
