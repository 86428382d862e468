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

  /** When it last did so. */
  @Column({ name: 'renewed_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  renewedAt: Date;

  @Column({ name: 'lease_until', type: 'timestamptz' })
  leaseUntil: Date;

  /** Whether it has said that it lost its connection to Redis. */
  @Column({ name: 'cut_off', type: 'boolean', default: false })
  cutOff: boolean;

  /** Set once, by whoever noticed. What it held is let go of then, and it can never be alive again under this id. */
  @Column({ name: 'gone_as', type: 'text', nullable: true })
  goneAs: Extract<AttemptLossCause, 'KILLED' | 'HUNG' | 'CUT_OFF'> | null;
}
