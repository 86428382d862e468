/** What a client's idempotency key was spent on. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RunId, UserId, WorkflowId } from '#libs/contracts';
import { storedText } from '../stored-values.js';

@Entity('idempotency_keys')
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

  /** The workflow and the run may have been deleted: the key stays spent on them until its own time is over. */
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
