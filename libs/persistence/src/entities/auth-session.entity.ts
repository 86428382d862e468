/** A sign-in that lasts. Whoever shows the token whose hash is stored here is the user. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { SessionId, UserId } from '#libs/contracts';
import { UserEntity } from './user.entity.js';

@Entity('auth_sessions')
@Unique('auth_sessions_token_unique', ['token'])
@Index('auth_sessions_by_user', ['userId', 'createdAt'])
export class AuthSessionEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'auth_sessions_pk' })
  id: SessionId;

  @Column({ name: 'user_id', type: 'text' })
  @ForeignKey(() => UserEntity, { name: 'auth_sessions_user_fk', onDelete: 'CASCADE' })
  userId: UserId;

  /** SHA-256 of the token, in hex; named after the field of the sign-in library that it stands for. */
  @Column({ name: 'token_hash', type: 'text' })
  token: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  updatedAt: Date;

  @Column({ name: 'ip_address', type: 'text', nullable: true })
  ipAddress: string | null;

  @Column({ name: 'user_agent', type: 'text', nullable: true })
  userAgent: string | null;
}
