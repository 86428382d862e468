import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { foreignLookups } from './foreign-lookups.ts';
import { slowExpressions } from './slow-expressions.ts';
import { type Source, sourcesOf } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sourceOf(text: string): Source {
  const path = join(folder, 'example.ts');
  writeFileSync(
    path,
    `declare const values: Record<string, number>;\ndeclare const name: string;\n${text}\nexport {};\n`,
  );
  const [source] = sourcesOf([path], { target: ts.ScriptTarget.ES2023, strict: true, lib: ['lib.es2023.d.ts'] });
  if (!source) throw new Error('nothing was compiled');
  return source;
}

describe('the check for lookups by foreign names', () => {
  it.each([
    'values[name];',
    'values[name] = 1;',
    'delete values[name];',
    'values[name.toLowerCase()];',
    'values[`a` + name];',
    "({ a: 1, b: 2 })[name as 'a' | 'b'];",
    'name in values;',
    'const known = (key: string) => Object.hasOwn(values, key); export const value = known(name) ? values[name] : 0;',
  ])('finds %s', (text) => {
    expect(foreignLookups(sourceOf(text))).toHaveLength(1);
  });

  it.each([
    'export const f = (key: string) => (Object.hasOwn(values, key) ? values[key] : undefined);',
    "({ a: 1, b: 2 })[name === 'a' ? 'a' : 'b'];",
    "'a' in values;",
    '[1, 2][name.length];',
    'values.total;',
    'new Map<string, number>().get(name);',
  ])('accepts %s', (text) => {
    expect(foreignLookups(sourceOf(text))).toEqual([]);
  });
});

describe('the check for slow regular expressions', () => {
  it.each(['/(a+)+$/', '/\\s+$/', '/^(.+?)\\s+to\\s+(.+)$/', 'new RegExp(name)'])('finds %s', (text) => {
    expect(slowExpressions(sourceOf(`export const pattern = ${text};`))).toHaveLength(1);
  });

  it.each(['/^[a-z]{1,63}$/', '/\\s+/g', '/a|b/', "new RegExp('a')"])('accepts %s', (text) => {
    expect(slowExpressions(sourceOf(`export const pattern = ${text};`))).toEqual([]);
  });
});
