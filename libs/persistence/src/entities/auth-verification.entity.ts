/** A short-lived fact that a sign-in with another provider comes back to. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('auth_verifications')
@Index('auth_verifications_by_identifier', ['identifier'])
export class AuthVerificationEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'auth_verifications_pk' })
  id: string;

  @Column({ type: 'text' })
  identifier: string;

  @Column({ type: 'text' })
  value: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;
}
