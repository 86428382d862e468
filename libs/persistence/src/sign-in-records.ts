/**
 * The rows that the sign-in library keeps, in its own terms: models, fields and conditions. What it asks for beyond the
 * columns that exist, such as a provider's tokens, is not stored.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  Equal,
  type FindOperator,
  type FindOptionsOrder,
  type FindOptionsWhere,
  In,
  IsNull,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  Not,
  type ObjectLiteral,
  type QueryDeepPartialEntity,
} from 'typeorm';
import { limits, ownValue } from '#libs/contracts';
import { AuthAccountEntity, PASSWORD_PROVIDER } from './entities/auth-account.entity.js';
import { AuthRateLimitEntity } from './entities/auth-rate-limit.entity.js';
import { AuthSessionEntity } from './entities/auth-session.entity.js';
import { AuthVerificationEntity } from './entities/auth-verification.entity.js';
import { UserEntity } from './entities/user.entity.js';
import { inTransaction } from './transactions.js';

const entities = {
  user: UserEntity,
  session: AuthSessionEntity,
  account: AuthAccountEntity,
  verification: AuthVerificationEntity,
  rateLimit: AuthRateLimitEntity,
} as const satisfies Record<string, EntityTarget<ObjectLiteral>>;

export type SignInModel = keyof typeof entities;

export interface RecordCondition {
  field: string;
  operator: string;
  value: unknown;
}

type Row = Record<string, unknown>;

@Injectable()
export class SignInRecords {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Stores a row and returns it. */
  create(model: Exclude<SignInModel, 'session'>, data: Row): Promise<Row> {
    return inTransaction(this.dataSource, (manager) => this.store(manager, model, data));
  }

  /**
   * Stores a session for somebody whose password was verified, and returns it; `null` if the password is another one by now.
   * A new password ends the sessions of the old one, also those that are begun at the same moment: both lock the password's
   * row. A new session ends expired ones of its user, and the oldest beyond the limit.
   *
   * @param passwordHash the stored hash that the password matched
   */
  createSession(data: Row, passwordHash: string): Promise<Row | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const userId = String(data.userId);
      const account = await manager.getRepository(AuthAccountEntity).findOne({
        where: { providerId: PASSWORD_PROVIDER, accountId: userId },
        lock: { mode: 'pessimistic_write' },
      });
      if (account?.password !== passwordHash) return null;
      await makeRoom(manager, userId);
      return this.store(manager, 'session', data);
    });
  }

  async find(
    model: SignInModel,
    conditions: readonly RecordCondition[],
    page: {
      limit?: number | undefined;
      offset?: number | undefined;
      sortBy?: { field: string; direction: 'asc' | 'desc' } | undefined;
    } = {},
  ): Promise<Row[]> {
    const order = page.sortBy && ({ [page.sortBy.field]: page.sortBy.direction } as FindOptionsOrder<ObjectLiteral>);
    return this.repository(this.dataSource.manager, model).find({
      where: whereOf(conditions),
      ...(order && { order }),
      take: Math.min(page.limit ?? limits.pageSize, limits.pageSize),
      skip: page.offset ?? 0,
    });
  }

  count(model: SignInModel, conditions: readonly RecordCondition[]): Promise<number> {
    return this.repository(this.dataSource.manager, model).count({ where: whereOf(conditions) });
  }

  /** Returns how many rows were changed. Without conditions, none. */
  async update(model: SignInModel, conditions: readonly RecordCondition[], changes: Row): Promise<number> {
    if (conditions.length === 0) return 0;
    const values = this.known(model, changes);
    if (Object.keys(values).length === 0) return this.count(model, conditions);
    const repository = this.repository(this.dataSource.manager, model);
    const { affected } = await repository.update(whereOf(conditions), values as QueryDeepPartialEntity<ObjectLiteral>);
    return affected ?? 0;
  }

  /** Returns how many rows were deleted. Without conditions, none. */
  async delete(model: SignInModel, conditions: readonly RecordCondition[]): Promise<number> {
    if (conditions.length === 0) return 0;
    const { affected } = await this.repository(this.dataSource.manager, model).delete(whereOf(conditions));
    return affected ?? 0;
  }

  /** Deletes one row and returns it. Of several concurrent callers, one gets the row. */
  consume(model: SignInModel, conditions: readonly RecordCondition[]): Promise<Row | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const repository = this.repository(manager, model);
      const row = await repository.findOne({ where: whereOf(conditions), lock: { mode: 'pessimistic_write' } });
      if (row === null) return null;
      const { affected } = await repository.delete({ id: Equal(row.id) });
      return affected === 1 ? row : null;
    });
  }

  /** Adds to numbers of one row and sets others, if the conditions still hold for it; returns it as it is then. */
  increment(
    model: SignInModel,
    conditions: readonly RecordCondition[],
    increments: Readonly<Record<string, number>>,
    changes: Row,
  ): Promise<Row | null> {
    return inTransaction(this.dataSource, async (manager) => {
      const repository = this.repository(manager, model);
      const row = await repository.findOne({ where: whereOf(conditions), lock: { mode: 'pessimistic_write' } });
      if (row === null) return null;
      const sums = Object.entries(increments).map(([field, by]) => [field, Number(ownValue(row, field)) + by]);
      const values = { ...this.known(model, changes), ...Object.fromEntries(sums) };
      await repository.update({ id: Equal(row.id) }, values as QueryDeepPartialEntity<ObjectLiteral>);
      return { ...row, ...values };
    });
  }

  private async store(manager: EntityManager, model: SignInModel, data: Row): Promise<Row> {
    const repository = this.repository(manager, model);
    // Running again after a lost reply to COMMIT must not fail on the row's own id.
    await repository.upsert(this.known(model, data) as QueryDeepPartialEntity<ObjectLiteral>, ['id']);
    return (await repository.findOneByOrFail({ id: Equal(data.id) })) as Row;
  }

  private repository(manager: EntityManager, model: SignInModel) {
    return manager.getRepository<ObjectLiteral>(entities[model]);
  }

  /** Only what has a column. */
  private known(model: SignInModel, data: Row): Row {
    const { propertiesMap } = this.dataSource.getMetadata(entities[model]);
    return Object.fromEntries(Object.entries(data).filter(([field]) => Object.hasOwn(propertiesMap, field)));
  }
}

async function makeRoom(manager: EntityManager, userId: string): Promise<void> {
  const sessions = manager.getRepository(AuthSessionEntity);
  const user = { userId: userId as AuthSessionEntity['userId'] };
  await sessions.createQueryBuilder().delete().where(user).andWhere('expires_at < clock_timestamp()').execute();
  const surplus = await sessions.find({
    select: { id: true },
    where: user,
    order: { createdAt: 'DESC' },
    skip: limits.sessionsPerUser - 1,
    take: limits.sessionsPerUser,
  });
  if (surplus.length > 0) await sessions.delete({ id: In(surplus.map(({ id }) => id)) });
}

function whereOf(conditions: readonly RecordCondition[]): FindOptionsWhere<ObjectLiteral> {
  const where: Record<string, FindOperator<unknown>> = {};
  for (const { field, operator, value } of conditions) {
    // No caller needs it, and dropping a condition would widen a deletion.
    if (Object.hasOwn(where, field)) throw new Error(`Two conditions on ${field} are not supported.`);
    where[field] = operatorOf(operator, value);
  }
  return where;
}

function operatorOf(operator: string, value: unknown): FindOperator<unknown> {
  switch (operator) {
    case 'eq':
      return value === null ? IsNull() : Equal(value);
    case 'ne':
      return value === null ? Not(IsNull()) : Not(Equal(value));
    case 'lt':
      return LessThan(value);
    case 'lte':
      return LessThanOrEqual(value);
    case 'gt':
      return MoreThan(value);
    case 'gte':
      return MoreThanOrEqual(value);
    case 'in':
      return In(value as unknown[]);
    default:
      throw new Error(`The operator ${operator} is not supported.`);
  }
}
