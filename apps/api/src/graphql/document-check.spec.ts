import fc from 'fast-check';
import { buildSchema, type DocumentNode, getIntrospectionQuery, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.js';
import { comparisonsOf, faultsOf } from './document-check.js';
import { operationLimits } from './operation-limits.js';
import { sizeOfOperation } from './operation-size.js';
import { selects } from './selection.js';

const schema = buildSchema(`
  type Query { item: Item items(first: Int, last: Int): [Item!]! }
  type Item { id: ID item: Item items(first: Int, last: Int): [Item!]! }
`);

function findings(query: string, variables: Record<string, unknown> = {}, introspection = true): string[] {
  const faults = faultsOf(schema, { introspection }, { document: parse(query), variables });
  return faults.map((fault) => `${fault instanceof ApiError ? `${fault.code}: ` : ''}${fault.message}`);
}

const nested = (levels: number): string => `{ ${'item { '.repeat(levels)} id ${'}'.repeat(levels)} }`;
const tooMany = [expect.stringMatching(/^LIMIT_EXCEEDED: Pages within pages may add up to at most 10000 rows/)];

describe('limits of an operation', () => {
  it('let ordinary queries pass, and what an IDE asks of the schema', () => {
    expect(findings('{ items(first: 100) { id item { id } } }')).toEqual([]);
    expect(findings(getIntrospectionQuery())).toEqual([]);
  });

  it('refuse a query that is too deep, also through fragments', () => {
    const tooDeep = [expect.stringMatching(/^LIMIT_EXCEEDED: The operation is nested 21 levels deep/)];
    expect(findings(nested(20))).toEqual(tooDeep);
    expect(findings(`{ ...A } fragment A on Query ${nested(20)}`)).toEqual(tooDeep);
  });

  it('refuse pages that multiply to too much', () => {
    const fields = 'a: id b: id c: id d: id e: id';
    expect(findings(`{ items(first: 50) { items(first: 100) { ${fields} } } }`)).toEqual([
      expect.stringMatching(/^LIMIT_EXCEEDED: The operation costs 25102; at most 20000 is allowed/),
    ]);
  });

  it('count page sizes in variables as what they are, given or by default', () => {
    const pages = (levels: number, size: string) => `${`items${size} { `.repeat(levels)} id ${'}'.repeat(levels)}`;
    const query = `query($n: Int) { ${pages(3, '(first: $n)')} }`;
    expect(findings(query, { n: 10 })).toEqual([]);
    expect(findings(query, { n: 100 })).toEqual(tooMany);
    expect(findings(query, { n: 1_000_000 })).toEqual(tooMany);
    expect(findings(query, { n: null })).toEqual([]);
    expect(findings(query, { n: 'many' })).toEqual(tooMany);
    expect(findings(query.replace('$n: Int', '$n: Int = 100'))).toEqual(tooMany);
    expect(findings(query.replace('$n: Int', '$n: Int = 100'), { n: 1 })).toEqual([]);
    expect(findings(query.replaceAll('first:', 'last:'), { n: 100 })).toEqual(tooMany);
  });

  it('count page sizes in fragments and where none is given', () => {
    const pages = (levels: number) => `{ ${'items { '.repeat(levels)} id ${'}'.repeat(levels)} }`;
    expect(findings(pages(3))).toEqual([]);
    expect(findings(pages(4))).toEqual(tooMany);
    const hidden = 'query($n: Int) { items(first: $n) { ...A } } fragment A on Item { items(first: $n) { ...B } }';
    expect(findings(`${hidden} fragment B on Item { items(first: $n) { id } }`, { n: 30 })).toEqual(tooMany);
  });

  it('refuse a query with too many aliases, also those of a fragment that is spread again and again', () => {
    const aliased = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: item { id }`).join(' ');
    const refused = ['LIMIT_EXCEEDED: The operation has more than 30 aliases.'];
    expect(findings(`{ ${aliased(30)} }`)).toEqual([]);
    expect(findings(`{ ${aliased(31)} }`)).toEqual(refused);
    expect(findings(`{ item { ...A item { ...A } } } fragment A on Item { ${aliased(16)} }`)).toEqual(refused);
  });

  it('refuse names and fragments that are repeated too often', () => {
    const refused = ['LIMIT_EXCEEDED: The document repeats the same fields or fragments too often.'];
    expect(findings(`{ item { ${'item { id } '.repeat(150)} } }`)).toEqual(refused);
    expect(findings(`{ ${'...A '.repeat(200)} } fragment A on Query { item { id } }`)).toEqual(refused);
    const entries = Array.from(
      { length: 29 },
      (_, index) => `a${index}: item { __typename id item { __typename id } }`,
    );
    expect(findings(`{ item { ${entries.join(' ')} } }`)).toEqual([]);
  });

  it('end the check: what is too large is not validated as well', () => {
    expect(findings(`{ nothing ...Nowhere ${'item { '.repeat(20)} nothing ${'}'.repeat(20)} }`)).toHaveLength(1);
  });

  it('bound how many faults are told', () => {
    const unknown = Array.from({ length: 200 }, (_, index) => `nothing${index}`).join(' ');
    expect(findings(`{ ${unknown} }`)).toHaveLength(operationLimits.faults + 1);
  });
});

describe('introspection that is switched off', () => {
  it('is refused, and no error suggests a name', () => {
    expect(findings('{ __schema { types { name } } }', {}, false)).not.toEqual([]);
    expect(findings('{ itemz { id } }').join()).toMatch(/Did you mean "item"/);
    expect(findings('{ itemz { id } }', {}, false)).toEqual(['Cannot query field "itemz" on type "Query".']);
  });
});

/** A document whose fragments spread each other by number, as `spreads` says; the operation spreads the first. */
function documentOf(spreads: readonly (readonly number[])[]): string {
  const fragments = spreads.map((targets, index) => {
    const inner = targets.map((target) => `...F${target % spreads.length} item { ...F${target % spreads.length} }`);
    return `fragment F${index} on Item { id ${inner.join(' ')} }`;
  });
  return `{ item { ...F0 } } ${fragments.join(' ')}`;
}

/** How often a walk visits each fragment. */
function countVisits(document: DocumentNode): Map<string, number> {
  const visits = new Map<string, number>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const { selectionSet } = definition;
    const { selections } = selectionSet;
    const name = definition.name.value;
    Object.defineProperty(selectionSet, 'selections', {
      get: () => {
        visits.set(name, (visits.get(name) ?? 0) + 1);
        return selections;
      },
    });
  }
  return visits;
}

function visitsOfWalks(query: string): number[] {
  const measured = parse(query, { noLocation: true });
  const [operation] = measured.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The document begins with no operation');
  const measuring = countVisits(measured);
  sizeOfOperation(schema, measured, operation, {});
  const compared = parse(query, { noLocation: true });
  const comparing = countVisits(compared);
  comparisonsOf(compared);
  const read = parse(query, { noLocation: true });
  const fragments = Object.fromEntries(
    read.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const reading = countVisits(read);
  const [first] = read.definitions;
  const fieldNodes = first?.kind === Kind.OPERATION_DEFINITION ? first.selectionSet.selections : [];
  selects({ fieldNodes: fieldNodes.filter((node) => node.kind === Kind.FIELD), fragments }, ['nowhere']);
  return [measuring, comparing, reading].flatMap((visits) => [...visits.values()]);
}

describe('a walk over a document', () => {
  it.each([
    ['a chain in which each fragment spreads the next one twice', Array.from({ length: 80 }, (_, i) => [i + 1, i + 1])],
    ['diamonds', Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? [i + 1, i + 2] : [i + 3 - (i % 3)]))],
    ['a cycle', Array.from({ length: 60 }, (_, i) => [i + 1])],
  ])('visits each fragment at most once: %s', (_name, spreads) => {
    expect(Math.max(...visitsOfWalks(documentOf(spreads)))).toBe(1);
  });

  it('visits each fragment at most once, whatever spreads what', () => {
    const spreads = fc.array(fc.array(fc.nat(40), { maxLength: 4 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(spreads, (lists) => {
        expect(Math.max(...visitsOfWalks(documentOf(lists)))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('ends with sizes that are numbers, however much they multiply', () => {
    const chain = Array.from({ length: 80 }, (_, i) => [i + 1, i + 1]);
    const document = parse(documentOf(chain));
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The document begins with no operation');
    const size = sizeOfOperation(schema, document, operation, {});
    expect(Number.isSafeInteger(Math.trunc(size.cost))).toBe(true);
    expect(findings(documentOf(chain))).toHaveLength(1);
  });
});
