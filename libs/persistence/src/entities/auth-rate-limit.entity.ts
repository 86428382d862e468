/** How often an address has lately used one way to sign in. */
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('auth_rate_limits')
@Unique('auth_rate_limits_key_unique', ['key'])
export class AuthRateLimitEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'auth_rate_limits_pk' })
  id: string;

  @Column({ type: 'text' })
  key: string;

  @Column({ type: 'integer' })
  count: number;

  /** Milliseconds since 1970. */
  @Column({ name: 'last_request', type: 'bigint' })
  lastRequest: number;
}
