/**
 * Connects the sign-in library to our tables. Session tokens are hashed here: the library works with the token, the
 * database holds its hash. A row that was found by its token gets it back; all other rows keep the hash, with which nobody
 * can sign in.
 */
import { APIError, BASE_ERROR_CODES } from 'better-auth';
import { createAdapterFactory } from 'better-auth/adapters';
import type { RecordCondition, SignInModel, SignInRecords } from '#libs/persistence';
import { hashOf } from '../auth/secret-tokens.js';

interface Condition {
  field: string;
  operator: string;
  value: unknown;
  connector: string;
}

type Row = Record<string, unknown>;

/** @param verifiedHash the password hash that the request at hand has verified, or has just stored */
export function signInAdapter(records: SignInRecords, verifiedHash: () => string | null) {
  return createAdapterFactory({
    config: { adapterId: 'holdfast', supportsJSON: true, supportsDates: true, supportsBooleans: true },
    adapter: () => ({
      create: async ({ model, data }) => {
        if (model !== 'session') {
          return (await records.create(model as Exclude<SignInModel, 'session'>, data)) as typeof data;
        }
        const hash = verifiedHash();
        const row = hash === null ? null : await records.createSession(stored(model, data), hash);
        // The password has been replaced since it was verified.
        if (row === null) throw APIError.from('UNAUTHORIZED', BASE_ERROR_CODES.INVALID_EMAIL_OR_PASSWORD);
        return { ...row, token: data.token } as unknown as typeof data;
      },
      findOne: async <T>({ model, where }: { model: string; where: Condition[] }) => {
        const [row] = await records.find(model as SignInModel, conditionsOf(model, where), { limit: 1 });
        return (row ? withToken(row, model, where) : null) as T | null;
      },
      findMany: async <T>({ model, where, limit, offset, sortBy }: FindMany) => {
        const conditions = conditionsOf(model, where ?? []);
        const rows = await records.find(model as SignInModel, conditions, { limit, offset, sortBy });
        return rows as T[];
      },
      count: ({ model, where }) => records.count(model as SignInModel, conditionsOf(model, where ?? [])),
      update: async <T>({ model, where, update }: { model: string; where: Condition[]; update: T }) => {
        const conditions = conditionsOf(model, where);
        const changed = await records.update(model as SignInModel, conditions, stored(model, update as Row));
        if (changed === 0) return null;
        const [row] = await records.find(model as SignInModel, conditions, { limit: 1 });
        return (row ? withToken(row, model, where) : null) as T | null;
      },
      updateMany: ({ model, where, update }) =>
        records.update(model as SignInModel, conditionsOf(model, where), stored(model, update)),
      delete: async ({ model, where }) => {
        await records.delete(model as SignInModel, conditionsOf(model, where));
      },
      deleteMany: ({ model, where }) => records.delete(model as SignInModel, conditionsOf(model, where)),
      consumeOne: async <T>({ model, where }: { model: string; where: Condition[] }) =>
        (await records.consume(model as SignInModel, conditionsOf(model, where))) as T | null,
      incrementOne: async <T>({ model, where, increment, set }: IncrementOne) =>
        (await records.increment(model as SignInModel, conditionsOf(model, where), increment, set ?? {})) as T | null,
    }),
  });
}

interface FindMany {
  model: string;
  where?: Condition[] | undefined;
  limit: number;
  offset?: number | undefined;
  sortBy?: { field: string; direction: 'asc' | 'desc' } | undefined;
}

interface IncrementOne {
  model: string;
  where: Condition[];
  increment: Record<string, number>;
  set?: Record<string, unknown> | undefined;
}

function isToken(model: string, field: string): boolean {
  return model === 'session' && field === 'token';
}

function stored(model: string, data: Row): Row {
  return model === 'session' && typeof data.token === 'string' ? { ...data, token: hashOf(data.token) } : data;
}

function conditionsOf(model: string, where: readonly Condition[]): RecordCondition[] {
  return where.map(({ field, operator, value, connector }) => {
    // Reading it as AND would find too little, and would do so silently.
    if (connector === 'OR' && where.length > 1) throw new Error('Conditions with OR are not supported.');
    if (!isToken(model, field)) return { field, operator, value };
    const hashed = Array.isArray(value) ? value.map((token) => hashOf(String(token))) : hashOf(String(value));
    return { field, operator, value: hashed };
  });
}

function withToken(row: Row, model: string, where: readonly Condition[]): Row {
  const token = where.find(({ field, operator }) => isToken(model, field) && operator === 'eq')?.value;
  return token === undefined ? row : { ...row, token };
}
