/** A way for a user to sign in: a password, or an account at another provider. Tokens of that provider are not kept. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { UserId } from '#libs/contracts';
import { UserEntity } from './user.entity.js';

/** How passwords are called among the ways to sign in. */
export const PASSWORD_PROVIDER = 'credential';

@Entity('auth_accounts')
@Unique('auth_accounts_provider_unique', ['providerId', 'accountId'])
@Index('auth_accounts_by_user', ['userId'])
export class AuthAccountEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'auth_accounts_pk' })
  id: string;

  @Column({ name: 'user_id', type: 'text' })
  @ForeignKey(() => UserEntity, { name: 'auth_accounts_user_fk', onDelete: 'CASCADE' })
  userId: UserId;

  /** `credential` for a password. */
  @Column({ name: 'provider_id', type: 'text' })
  providerId: string;

  /** The user's id at the provider; for a password, the user's id here. */
  @Column({ name: 'account_id', type: 'text' })
  accountId: string;

  /** The password's salted scrypt hash. */
  @Column({ type: 'text', nullable: true })
  password: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;
}
