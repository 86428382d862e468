/** A person who owns workflows. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { UserId } from '#libs/contracts';
import { storedText } from '../stored-values.js';

@Entity('users')
export class UserEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'users_pk' })
  id: UserId;

  @Column({ type: 'text', transformer: storedText })
  name: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
