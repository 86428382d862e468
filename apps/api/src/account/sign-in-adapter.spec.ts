import { describe, expect, it } from 'vitest';
import type { RecordCondition, SignInRecords } from '#libs/persistence';
import { hashOf } from '../auth/secret-tokens.js';
import { signInAdapter } from './sign-in-adapter.js';

/** Rows as the database would hold them. */
function adapterOverRows(verified: string | null = 'stored') {
  const rows: Record<string, unknown>[] = [];
  const asked: (readonly RecordCondition[])[] = [];
  const matching = (conditions: readonly RecordCondition[]) => {
    asked.push(conditions);
    return rows.filter((row) =>
      conditions.every(({ field, value }) => new Map(Object.entries(row)).get(field) === value),
    );
  };
  const records = {
    createSession: async (data: Record<string, unknown>, hash: string) => {
      if (hash !== 'stored') return null;
      rows.push(data);
      return data;
    },
    find: async (_model: string, conditions: readonly RecordCondition[]) => matching(conditions),
    update: async (_model: string, conditions: readonly RecordCondition[], changes: object) =>
      matching(conditions).map((row) => Object.assign(row, changes)).length,
    delete: async (_model: string, conditions: readonly RecordCondition[]) => matching(conditions).length,
  };
  return { adapter: signInAdapter(records as unknown as SignInRecords, () => verified)({}), rows, asked };
}

const session = {
  userId: 'usr_1',
  token: 'clear',
  expiresAt: new Date(0),
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const byToken = [{ field: 'token', value: 'clear' }];

describe('the tokens of sessions', () => {
  it('are stored as hashes, and given back only to those who have them', async () => {
    const { adapter, rows } = adapterOverRows();
    const created = await adapter.create<typeof session>({ model: 'session', data: session });
    expect(created.token).toBe('clear');
    expect(rows).toMatchObject([{ token: hashOf('clear') }]);
    expect(await adapter.findOne({ model: 'session', where: byToken })).toMatchObject({ token: 'clear' });
    const found = await adapter.findMany({ model: 'session', where: [{ field: 'userId', value: 'usr_1' }] });
    expect(found).toMatchObject([{ token: hashOf('clear') }]);
    const moved = await adapter.update({ model: 'session', where: byToken, update: { expiresAt: new Date(1) } });
    expect(moved).toMatchObject({ token: 'clear' });
    expect(rows).toMatchObject([{ token: hashOf('clear') }]);
  });

  it('open nothing in the form in which they are stored', async () => {
    const { adapter } = adapterOverRows();
    await adapter.create({ model: 'session', data: session });
    const where = [{ field: 'token', value: hashOf('clear') }];
    expect(await adapter.findOne({ model: 'session', where })).toBeNull();
  });

  it('are hashed in deletions and in lists as well', async () => {
    const { adapter, asked } = adapterOverRows();
    await adapter.delete({ model: 'session', where: byToken });
    await adapter.deleteMany({ model: 'session', where: [{ field: 'token', operator: 'in', value: ['a', 'b'] }] });
    expect(asked).toMatchObject([[{ value: hashOf('clear') }], [{ value: [hashOf('a'), hashOf('b')] }]]);
  });
});

describe('a session', () => {
  it.each([null, 'replaced'])('does not begin with a password that is not the stored one (%s)', async (verified) => {
    const { adapter, rows } = adapterOverRows(verified);
    const created = adapter.create<typeof session>({ model: 'session', data: session });
    await expect(created).rejects.toMatchObject({ status: 'UNAUTHORIZED' });
    expect(rows).toEqual([]);
  });
});

describe('conditions', () => {
  it('with OR are refused, not read as something else', async () => {
    const { adapter } = adapterOverRows();
    const where = [
      { field: 'email', value: 'a', connector: 'OR' as const },
      { field: 'name', value: 'b', connector: 'OR' as const },
    ];
    await expect(adapter.deleteMany({ model: 'user', where })).rejects.toThrow('OR');
  });
});
