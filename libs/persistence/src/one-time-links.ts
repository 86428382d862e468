/**
 * Links that work once: for the first administrator, for invitations, and for new passwords. Only the hash of a link's token
 * is stored, and using a link deletes it.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { type LinkKind, LOCAL_USER_ID, limits, newId, type UserId } from '#libs/contracts';
import { AuthAccountEntity, PASSWORD_PROVIDER } from './entities/auth-account.entity.js';
import { AuthSessionEntity } from './entities/auth-session.entity.js';
import { OneTimeLinkEntity } from './entities/one-time-link.entity.js';
import { UserEntity } from './entities/user.entity.js';
import { databaseNow } from './stored-values.js';
import { inTransaction } from './transactions.js';

export interface LinkView {
  kind: LinkKind;
  /** The address that whoever opens it signs in with; `null` when it may be chosen. */
  email: string | null;
}

export type NewLink =
  | { kind: 'ADMINISTRATOR' }
  | { kind: 'INVITATION'; email: string | null }
  | { kind: 'RESET'; email: string };

export type AcceptLinkResult =
  | { kind: 'accepted'; userId: UserId; email: string }
  | { kind: 'not-found' }
  /** Somebody signs in with this address already. */
  | { kind: 'taken' };

const hoursOf: Record<LinkKind, number> = {
  ADMINISTRATOR: limits.administratorLinkHours,
  INVITATION: limits.invitationHours,
  RESET: limits.resetHours,
};

@Injectable()
export class OneTimeLinks {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Stores a link, or says why not: nobody (`unknown`) or somebody (`taken`) has this address, or too many invitations are
   * open (`full`). A newer link for a new password replaces the older one.
   */
  create(link: NewLink, tokenHash: string): Promise<'created' | 'unknown' | 'taken' | 'full'> {
    return inTransaction(this.dataSource, async (manager) => {
      const links = manager.getRepository(OneTimeLinkEntity);
      if ((await links.countBy({ tokenHash })) > 0) return 'created';
      await links.createQueryBuilder().delete().where('expires_at < clock_timestamp()').execute();
      if (link.kind === 'INVITATION' && (await links.countBy({ kind: link.kind })) >= limits.openInvitations)
        return 'full';
      if (link.kind === 'INVITATION' && link.email !== null && (await userBy(manager, link.email))) return 'taken';
      const user = link.kind === 'RESET' ? await userBy(manager, link.email) : null;
      if (link.kind === 'RESET') {
        if (user === null || user.disabledAt !== null) return 'unknown';
        // The newest link is the one that counts.
        await links.delete({ userId: user.id });
      }
      await links.insert({
        id: newId('link'),
        kind: link.kind,
        tokenHash,
        email: link.kind === 'INVITATION' ? link.email : null,
        userId: user?.id ?? null,
        expiresAt: () => `clock_timestamp() + interval '${hoursOf[link.kind]} hours'`,
      });
      return 'created';
    });
  }

  /** What the link is for, if it still works. */
  async find(tokenHash: string): Promise<LinkView | null> {
    const link = await working(this.dataSource.manager, tokenHash).getOne();
    if (link === null) return null;
    const user = link.userId && (await this.dataSource.manager.findOneBy(UserEntity, { id: link.userId }));
    return { kind: link.kind, email: user ? user.email : link.email };
  }

  /**
   * Uses the link. The first administrator becomes the local user, with everything that this user owns; an invited person
   * becomes a user; a new password ends all sessions of its user.
   */
  accept(tokenHash: string, person: { email: string; name: string; passwordHash: string }): Promise<AcceptLinkResult> {
    let accepted: AcceptLinkResult | null = null;
    return inTransaction(this.dataSource, async (manager): Promise<AcceptLinkResult> => {
      const link = await working(manager, tokenHash).setLock('pessimistic_write').getOne();
      // The reply to an earlier COMMIT may have been lost: if an earlier try saw the link, this call has used it.
      if (link === null) return accepted ?? { kind: 'not-found' };
      if (link.userId !== null) accepted = await this.replacePassword(manager, link.userId, person.passwordHash);
      else accepted = await this.join(manager, link, { ...person, email: link.email ?? person.email });
      if (accepted.kind === 'accepted') await manager.delete(OneTimeLinkEntity, { id: link.id });
      return accepted;
    });
  }

  private async replacePassword(manager: EntityManager, userId: UserId, password: string): Promise<AcceptLinkResult> {
    const user = await manager.findOneBy(UserEntity, { id: userId, disabledAt: IsNull() });
    if (user?.email == null) return { kind: 'not-found' };
    await storePassword(manager, userId, password);
    await manager.delete(AuthSessionEntity, { userId });
    return { kind: 'accepted', userId, email: user.email };
  }

  private async join(
    manager: EntityManager,
    { kind }: OneTimeLinkEntity,
    { email, name, passwordHash }: { email: string; name: string; passwordHash: string },
  ): Promise<AcceptLinkResult> {
    const isAdministrator = kind === 'ADMINISTRATOR';
    const role = isAdministrator ? 'ADMINISTRATOR' : 'MEMBER';
    const local = isAdministrator
      ? await manager.findOne(UserEntity, {
          where: { id: LOCAL_USER_ID, email: IsNull() },
          lock: { mode: 'pessimistic_write' },
        })
      : null;
    const userId = local?.id ?? newId('user');
    const values = { name, email, role, updatedAt: databaseNow } as const;
    const taken = await userBy(manager, email);
    if (taken !== null) return { kind: 'taken' };
    if (local) await manager.update(UserEntity, { id: userId }, values);
    else {
      const stored = await manager
        .createQueryBuilder()
        .insert()
        .into(UserEntity)
        .values({ id: userId, ...values })
        .orIgnore()
        .returning('id')
        .execute();
      if ((stored.raw as unknown[]).length === 0) return { kind: 'taken' };
    }
    await storePassword(manager, userId, passwordHash);
    return { kind: 'accepted', userId, email };
  }
}

function working(manager: EntityManager, tokenHash: string) {
  return manager
    .createQueryBuilder(OneTimeLinkEntity, 'link')
    .where('link.token_hash = :tokenHash AND link.expires_at > clock_timestamp()', { tokenHash });
}

function userBy(manager: EntityManager, email: string): Promise<UserEntity | null> {
  return manager.findOneBy(UserEntity, { email });
}

async function storePassword(manager: EntityManager, userId: UserId, password: string): Promise<void> {
  const account = { providerId: PASSWORD_PROVIDER, accountId: userId };
  const { affected } = await manager.update(AuthAccountEntity, account, { password, updatedAt: databaseNow });
  if (affected === 0)
    await manager.insert(AuthAccountEntity, { id: `${PASSWORD_PROVIDER}_${userId}`, userId, password, ...account });
}
