import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { LIMIT_EXTENSION, operationRules } from './operation-rules.js';

const schema = buildSchema(`
  type Query { item: Item items(first: Int): [Item!]! }
  type Item { id: ID item: Item items(first: Int): [Item!]! }
`);

function findings(query: string, introspection = true): string[] {
  const errors = validate(schema, parse(query), [...specifiedRules, ...operationRules({ introspection })]);
  return errors.map((error) => `${error.extensions[LIMIT_EXTENSION] === true ? 'limit: ' : ''}${error.message}`);
}

const nested = (levels: number): string => `{ ${'item { '.repeat(levels)} id ${'}'.repeat(levels)} }`;

describe('limits of an operation', () => {
  it('lets ordinary queries pass', () => {
    expect(findings('{ items(first: 100) { id item { id } } }')).toEqual([]);
  });

  it('refuses a query that is too deep, also through fragments', () => {
    expect(findings(nested(20))).toEqual([expect.stringMatching(/^limit: Query depth limit/)]);
    const hidden = `{ ...A } fragment A on Query ${nested(20)}`;
    expect(findings(hidden)).toEqual([expect.stringMatching(/^limit: Query depth limit/)]);
  });

  it('refuses pages within pages that multiply to too much', () => {
    const query = '{ items(first: 100) { items(first: 100) { id item { id } } } }';
    expect(findings(query)).toEqual([expect.stringMatching(/^limit: Query Cost limit of \d+ exceeded, found \d+\.$/)]);
  });

  it('counts page sizes in variables, in fragments and by default', () => {
    const tooMany = [expect.stringMatching(/^limit: Pages within pages may add up to at most 10000 rows/)];
    const pages = (levels: number, size: string) => `${`items${size} { `.repeat(levels)} id ${'}'.repeat(levels)}`;
    expect(findings(`query($n: Int) { ${pages(2, '(first: $n)')} }`)).toEqual([]);
    expect(findings(`query($n: Int) { ${pages(3, '(first: $n)')} }`)).toEqual(tooMany);
    expect(findings(`{ ${pages(3, '')} }`)).toEqual([]);
    expect(findings(`{ ${pages(4, '')} }`)).toEqual(tooMany);
    const hidden = 'query($n: Int) { items(first: $n) { ...A } } fragment A on Item { items(first: $n) { ...B } }';
    expect(findings(`${hidden} fragment B on Item { items(first: $n) { id } }`)).toEqual(tooMany);
  });

  it('refuses a query with too many aliases', () => {
    const aliases = Array.from({ length: 31 }, (_, index) => `a${index}: item { id }`).join(' ');
    expect(findings(`{ ${aliases} }`)).toEqual([expect.stringMatching(/^limit: Aliases limit/)]);
  });

  it('refuses introspection where it is switched off, and only there', () => {
    expect(findings('{ __schema { types { name } } }')).toEqual([]);
    expect(findings('{ __schema { types { name } } }', false)).not.toEqual([]);
  });
});
