/** A worker process and the time until which it counts as alive. */
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { AttemptLossCause, WorkerId } from '#libs/contracts';

@Entity('worker_leases')
@Check('worker_leases_gone_as_known', `gone_as IN ('KILLED', 'HUNG', 'CUT_OFF')`)
export class WorkerLeaseEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'worker_leases_pk' })
  id: WorkerId;

  /** Since when it has renewed its lease without a gap. */
  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  since: Date;

  /** When it last renewed it. */
  @Column({ name: 'renewed_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  renewedAt: Date;

  @Column({ name: 'lease_until', type: 'timestamptz' })
  leaseUntil: Date;

  /** Whether it has reported the loss of its connection to Redis. */
  @Column({ name: 'cut_off', type: 'boolean', default: false })
  cutOff: boolean;

  /**
   * Set once, by the first process to notice. The worker can never become alive again under this id, and its runs are
   * requeued.
   */
  @Column({ name: 'gone_as', type: 'text', nullable: true })
  goneAs: Extract<AttemptLossCause, 'KILLED' | 'HUNG' | 'CUT_OFF'> | null;
}
