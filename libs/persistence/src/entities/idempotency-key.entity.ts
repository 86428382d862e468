/** A client's idempotency key and what it was used for. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RunId, UserId, WorkflowId } from '#libs/contracts';
import { storedText } from '../stored-values.js';

@Entity('idempotency_keys')
// For pruning, oldest first.
@Index('idempotency_keys_by_age', ['createdAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn({ name: 'owner_id', type: 'text', primaryKeyConstraintName: 'idempotency_keys_pk' })
  ownerId: UserId;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'idempotency_keys_pk', transformer: storedText })
  key: string;

  /** SHA-256 of the input that came with the key, in hex. */
  @Column({ name: 'input_hash', type: 'text' })
  inputHash: string;

  /** No foreign keys: the workflow and the run may be deleted before the key expires. */
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
