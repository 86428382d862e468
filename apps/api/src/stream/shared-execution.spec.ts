import { buildSchema, type ExecutionArgs, type ExecutionResult, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { OperationBudget } from '../graphql/operation-budget.js';
import { preserialisedList } from './preserialised-json.js';
import { dataOf, subscribeShared, textOf } from './shared-execution.js';

const schema = buildSchema(`
  type Query { nothing: Int }
  type Subscription { ticks(from: Int): Tick! }
  type Tick { n(plus: Int): Int! fails: Int items: [Any!] }
  scalar Any
`);
const document = parse('subscription($from: Int, $plus: Int) { ticks(from: $from) { n(plus: $plus) } }');

/** An event that counts how often it was executed. */
function tick(n: number) {
  const event = {
    runs: 0,
    n: ({ plus }: { plus?: number }) => {
      event.runs += 1;
      return n + (plus ?? 0);
    },
    fails: () => {
      throw new Error('It fails');
    },
  };
  return event;
}

const roots = new WeakMap<object, object>();

async function first(
  event: object,
  variableValues: Record<string, unknown>,
  { userId = 'user_1', of = document }: { userId?: string; of?: ExecutionArgs['document'] } = {},
): Promise<ExecutionResult> {
  // All subscribers of an event get the same object from the resolver.
  const root = roots.get(event) ?? { ticks: event };
  roots.set(event, root);
  const events: AsyncIterableIterator<object> = {
    [Symbol.asyncIterator]: () => events,
    next: async () => ({ done: false, value: root }),
  };
  const results = await subscribeShared({
    schema,
    document: of,
    variableValues,
    contextValue: { viewer: { userId }, budget: new OperationBudget() },
    subscribeFieldResolver: () => events,
  });
  if (!(Symbol.asyncIterator in results)) throw new Error('The subscription was refused');
  return (await results.next()).value as ExecutionResult;
}

describe('a shared subscription', () => {
  it('executes an event once for all who differ only in where they began', async () => {
    const event = tick(7);
    const [a, b] = [await first(event, { from: 1 }), await first(event, { from: 2 })];
    expect(a).toEqual({ data: { ticks: { n: 7 } } });
    expect(b).toBe(a);
    expect(textOf(b)).toBe('{"data":{"ticks":{"n":7}}}');
    expect(event.runs).toBe(1);
  });

  it('executes it again for other variables, another user or another document', async () => {
    const event = tick(7);
    const one = await first(event, { plus: 1 });
    expect(await first(event, { plus: 2 })).toEqual({ data: { ticks: { n: 9 } } });
    expect(await first(event, { plus: 1 }, { userId: 'user_2' })).not.toBe(one);
    const other = parse('subscription { ticks { m: n } }');
    expect(await first(event, {}, { of: other })).toEqual({ data: { ticks: { m: 7 } } });
    expect(event.runs).toBe(4);
  });

  it('keeps apart variables that are used inside the event as well', async () => {
    const of = parse('subscription($x: Int) { ticks(from: $x) { n(plus: $x) } }');
    const event = tick(7);
    expect(await first(event, { x: 1 }, { of })).toEqual({ data: { ticks: { n: 8 } } });
    expect(await first(event, { x: 2 }, { of })).toEqual({ data: { ticks: { n: 9 } } });
  });

  it('writes lists that are JSON text already, and reads them for whoever writes anew', async () => {
    const of = parse('subscription { ticks { items fails } }');
    const result = await first({ ...tick(7), items: preserialisedList('1,2,3') }, {}, { of });
    expect(result.errors).toHaveLength(1);
    expect(dataOf(result)).toEqual({ ticks: { items: [1, 2, 3], fails: null } });
  });

  it('answers with the errors of an execution', async () => {
    const { errors } = await first(tick(7), {}, { of: parse('subscription { ticks { fails } }') });
    expect(errors?.[0]?.message).toBe('It fails');
  });
});
