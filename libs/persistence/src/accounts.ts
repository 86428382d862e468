/** Who is behind a session, which sessions somebody has, and ending them. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { limits, type SessionId, type UserId, type UserRole } from '#libs/contracts';
import { AuthSessionEntity } from './entities/auth-session.entity.js';
import { UserEntity } from './entities/user.entity.js';
import { tablesOf } from './table-names.js';
import { type UserView, userView } from './views.js';

/** Whom a session belongs to. */
export interface SignedIn {
  userId: UserId;
  role: UserRole;
  sessionId: SessionId;
  expiresAt: Date;
}

export interface AccountView extends UserView {
  email: string | null;
  role: UserRole;
}

export interface SessionView {
  id: SessionId;
  createdAt: Date;
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
}

@Injectable()
export class Accounts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Whom the session with this token belongs to; `null` if it has ended or its user is disabled. */
  async signedIn(tokenHash: string): Promise<SignedIn | null> {
    const { auth_sessions: sessions, users } = tablesOf(this.dataSource);
    const [row] = await this.dataSource.query<SignedIn[]>(
      `SELECT users.id AS "userId", role, session.id AS "sessionId", expires_at AS "expiresAt"
         FROM ${sessions} AS session JOIN ${users} AS users ON users.id = user_id
        WHERE token_hash = $1 AND expires_at > clock_timestamp() AND disabled_at IS NULL`,
      [tokenHash],
    );
    return row ?? null;
  }

  /** The person behind an id; `null` for one who does not exist. */
  async account(userId: UserId): Promise<AccountView | null> {
    const user = await this.dataSource.manager.findOneBy(UserEntity, { id: userId });
    return user && { ...userView(user), email: user.email, role: user.role };
  }

  /** Those of these sessions that have not ended and whose user is not disabled. */
  async lasting(ids: readonly SessionId[]): Promise<Set<SessionId>> {
    const { auth_sessions: sessions, users } = tablesOf(this.dataSource);
    const rows = await this.dataSource.query<{ id: SessionId }[]>(
      `SELECT session.id FROM ${sessions} AS session JOIN ${users} AS users ON users.id = user_id
        WHERE session.id = ANY($1) AND expires_at > clock_timestamp() AND disabled_at IS NULL`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** A user's sessions that have not ended, newest first. */
  async sessions(userId: UserId): Promise<SessionView[]> {
    return this.dataSource
      .createQueryBuilder(AuthSessionEntity, 'session')
      .where('session.user_id = :userId AND session.expires_at > clock_timestamp()', { userId })
      .orderBy('session.created_at', 'DESC')
      .limit(limits.sessionsPerUser)
      .getMany();
  }

  /** Ends one session of this user, and says whether it existed. */
  async endSession(userId: UserId, id: SessionId): Promise<boolean> {
    const { affected } = await this.dataSource.manager.delete(AuthSessionEntity, { id, userId });
    return affected === 1;
  }

  /** Ends all sessions of this user. */
  async endSessions(userId: UserId): Promise<void> {
    await this.dataSource.manager.delete(AuthSessionEntity, { userId });
  }
}
