/** A person who owns workflows. */
import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { UserId, UserRole } from '#libs/contracts';
import { storedText } from '../stored-values.js';

@Entity('users')
@Unique('users_email_unique', ['email'])
@Check('users_email_lower', 'email = lower(email)')
@Check('users_role_known', `role IN ('MEMBER', 'ADMINISTRATOR')`)
export class UserEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'users_pk' })
  id: UserId;

  @Column({ type: 'text', transformer: storedText })
  name: string;

  /** In lower case. `null` for the local user, and for people whom another application vouches for. */
  @Column({ type: 'text', nullable: true })
  email: string | null;

  @Column({ name: 'email_verified', type: 'boolean', default: false })
  emailVerified: boolean;

  @Column({ type: 'text', default: 'MEMBER' })
  role: UserRole;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;

  /** Since when no proof of identity is accepted from this person. */
  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt: Date | null;
}
