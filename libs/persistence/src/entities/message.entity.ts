/** A message of the conversation, as the compacted chunk list that folds to it, together with its segments. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { MessageId, RunId, UIMessageChunk, UserId, WorkflowId } from '#libs/contracts';
import { CountedByPostgres } from '../counted-by-postgres.js';
import { storedInteger, storedJson } from '../stored-values.js';
import { RunEntity } from './run.entity.js';
import { WorkflowEntity } from './workflow.entity.js';

@Entity('messages')
@Check('messages_role_known', `role IN ('user', 'assistant')`)
// The conversation in order.
@Index('messages_by_workflow', ['workflowId', 'ordinal'])
// A run has one prompt and one answer. A claim also finds its message by this index.
@Index('messages_one_per_run_and_role', ['runId', 'role'], { unique: true })
export class MessageEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'messages_pk' })
  id: MessageId;

  @ForeignKey(() => WorkflowEntity, { name: 'messages_workflow_fk', onDelete: 'CASCADE' })
  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: WorkflowId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  @ForeignKey(() => RunEntity, { name: 'messages_run_fk', onDelete: 'CASCADE' })
  @Column({ name: 'run_id', type: 'text' })
  runId: RunId;

  @Column({ type: 'text' })
  role: 'user' | 'assistant';

  @Column({ type: 'jsonb', transformer: storedJson })
  chunks: UIMessageChunk[];

  /** Only segments from this index on are appended to `chunks`. Earlier ones are in it already or were taken back. */
  @Column({ name: 'segments_from', type: 'bigint', default: 1, transformer: storedInteger })
  segmentsFrom: number;

  /** Whether its run has ended, after which the message changes only if the run is retried. */
  @Column({ type: 'boolean' })
  complete: boolean;

  /** Rises in the order in which the table's rows were created. */
  @CountedByPostgres()
  ordinal: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
