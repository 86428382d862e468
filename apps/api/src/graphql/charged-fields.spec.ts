import { buildSchema, type ExecutionResult, execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { chargedFieldResolver, chargeFields } from './charged-fields.js';
import { OperationBudget } from './operation-budget.js';
import { sizeOfJson } from './size-of-json.js';

let reads = 0;

async function late(): Promise<string> {
  await new Promise(setImmediate);
  return 'x'.repeat(100);
}

/** Ten rows on every level, each with some text. */
function schemaOfRows() {
  const schema = buildSchema(`
    scalar JSON
    type Query { rows: [Row!] page: Page value: JSON }
    type Page { edges: [Edge!]! nodes: [Row!]! }
    type Edge { cursor: String! }
    type Row { text: String! rows: [Row!] value: JSON late: String! }
  `);
  const rows = () => {
    reads += 1;
    return Array.from({ length: 10 }, () => ({ text: 'x'.repeat(100), value: { list: ['y'.repeat(50)] } }));
  };
  const page = () => Promise.resolve({ edges: rows().map((_, index) => ({ cursor: `${index}` })), nodes: rows() });
  for (const type of [schema.getType('Query'), schema.getType('Row')]) {
    if (type && 'getFields' in type) Object.assign(type.getFields().rows ?? {}, { resolve: rows });
  }
  const row = schema.getType('Row');
  if (row && 'getFields' in row) Object.assign(row.getFields().late ?? {}, { resolve: late });
  const query = schema.getQueryType()?.getFields() ?? {};
  Object.assign(query.page ?? {}, { resolve: page });
  Object.assign(query.value ?? {}, { resolve: () => 'z'.repeat(1_000) });
  return chargeFields(schema);
}

async function run(text: string, budget: OperationBudget): Promise<ExecutionResult> {
  return execute({
    schema: schemaOfRows(),
    document: parse(text),
    contextValue: { budget },
    fieldResolver: chargedFieldResolver as Parameters<typeof execute>[0]['fieldResolver'],
  });
}

const roomy = 1_000_000;
const ms = 10_000;

describe('the budget of an operation', () => {
  it('is charged for rows on every level, and nothing more is read when it is spent', async () => {
    const enough = new OperationBudget({ rows: 110, bytes: roomy, ms });
    expect((await run('{ rows { rows { text } } }', enough)).errors).toBeUndefined();
    expect(enough.exceeded).toBe(false);
    reads = 0;
    const budget = new OperationBudget({ rows: 109, bytes: roomy, ms });
    const { errors } = await run('{ a: rows { rows { text } } b: rows { rows { rows { text } } } }', budget);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(budget.exceeded).toBe(true);
    expect(reads).toBeLessThanOrEqual(12);
  });

  it('reads a page at once, and begins no read for an answer that is given up', async () => {
    const budget = new OperationBudget({ rows: 1_000, bytes: roomy, ms });
    let [begun, underWay, most] = [0, 0, 0];
    const read = async () => {
      begun += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      if (begun > 200) budget.charge(1_001, 0);
    };
    const reads = await Promise.allSettled(Array.from({ length: 1_000 }, async () => budget.read(read)));
    expect(most).toBe(100);
    expect(begun).toBeLessThanOrEqual(300);
    expect(reads.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'LIMIT_EXCEEDED' } });
  });

  it('leaves no rejection behind that nobody hears, which would end the process', async () => {
    const unheard: unknown[] = [];
    const note = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', note);
    try {
      for (let bytes = 100; bytes < 3_000; bytes += 100) {
        await run('{ rows { late text } }', new OperationBudget({ rows: 100, bytes, ms }));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unheard).toEqual([]);
  });

  it('is charged for a page once, whether edges or nodes are asked for', async () => {
    const budget = new OperationBudget({ rows: 10, bytes: roomy, ms });
    expect((await run('{ page { edges { cursor } nodes { text } } }', budget)).errors).toBeUndefined();
    const less = new OperationBudget({ rows: 9, bytes: roomy, ms });
    expect((await run('{ page { nodes { text } } }', less)).errors).toHaveLength(1);
  });

  it('is charged for every value of the answer, also for one that several aliases share', async () => {
    const aliases = Array.from({ length: 10 }, (_, index) => `a${index}: value`).join(' ');
    const enough = new OperationBudget({ rows: 100, bytes: 10_300, ms });
    expect((await run(`{ ${aliases} }`, enough)).errors).toBeUndefined();
    const less = new OperationBudget({ rows: 100, bytes: 9_900, ms });
    expect((await run(`{ ${aliases} }`, less)).errors).not.toBeUndefined();
    const values = new OperationBudget({ rows: 100, bytes: 1_200, ms });
    expect((await run('{ rows { text value } }', values)).errors).not.toBeUndefined();
  });
});

describe('the size of a value', () => {
  it('is about that of its JSON, and is not counted beyond what is enough', () => {
    const value = { text: 'ä'.repeat(1_000), list: [1, true, null, { deep: ['x'.repeat(500)] }] };
    const written = Buffer.byteLength(JSON.stringify(value));
    expect(sizeOfJson(value)).toBeGreaterThanOrEqual(written);
    expect(sizeOfJson(value)).toBeLessThan(written * 1.1);
    let looked = 0;
    const items = Array.from({ length: 1_000 }, () => ({
      get text() {
        looked += 1;
        return 'x'.repeat(100);
      },
    }));
    expect(sizeOfJson(items, 1_000)).toBeGreaterThan(1_000);
    expect(looked).toBeLessThan(20);
  });
});
