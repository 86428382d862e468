/** A link that works once: whoever opens it may become a user, or choose a new password. Deleted when it is used. */
import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { LinkId, LinkKind, UserId } from '#libs/contracts';
import { UserEntity } from './user.entity.js';

@Entity('one_time_links')
@Unique('one_time_links_token_unique', ['tokenHash'])
@Check('one_time_links_kind_known', `kind IN ('ADMINISTRATOR', 'INVITATION', 'RESET')`)
@Check('one_time_links_reset_names_user', `(kind = 'RESET') = (user_id IS NOT NULL)`)
export class OneTimeLinkEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'one_time_links_pk' })
  id: LinkId;

  @Column({ type: 'text' })
  kind: LinkKind;

  /** SHA-256 of the token, in hex. */
  @Column({ name: 'token_hash', type: 'text' })
  tokenHash: string;

  /** Whom an invitation is for; `null` when whoever opens it may choose the address. */
  @Column({ type: 'text', nullable: true })
  email: string | null;

  /** Whose password is replaced. */
  @Column({ name: 'user_id', type: 'text', nullable: true })
  @ForeignKey(() => UserEntity, { name: 'one_time_links_user_fk', onDelete: 'CASCADE' })
  userId: UserId | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;
}
