/** One try of a step, under one epoch. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { RunErrorInfo, StepAttemptId, StepId, Usage, UserId } from '#libs/contracts';
import { storedInteger, storedJson } from '../stored-values.js';
import { StepEntity } from './step.entity.js';

@Entity('step_attempts')
// Orders a step's tries and prevents duplicates.
@Index('step_attempts_one_per_number', ['stepId', 'number'], { unique: true })
export class StepAttemptEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'step_attempts_pk' })
  id: StepAttemptId;

  @ForeignKey(() => StepEntity, { name: 'step_attempts_step_fk', onDelete: 'CASCADE' })
  @Column({ name: 'step_id', type: 'text' })
  stepId: StepId;

  @Column({ name: 'owner_id', type: 'text' })
  ownerId: UserId;

  /** 1, 2, … over all attempts of the run. */
  @Column({ type: 'integer' })
  number: number;

  @Column({ type: 'bigint', transformer: storedInteger })
  epoch: number;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  startedAt: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  error: RunErrorInfo | null;

  @Column({ name: 'next_retry_at', type: 'timestamptz', nullable: true })
  nextRetryAt: Date | null;

  /** Also set for a failed try whose usage is known; the step and the run hold the sums. */
  @Column({ type: 'jsonb', nullable: true, transformer: storedJson })
  usage: Usage | null;
}
