import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const NAME = /\b(?:HOLDFAST|OPENAI|ANTHROPIC|GOOGLE)_[A-Z]+(?:_[A-Z]+)*\b/g;
const READERS = [
  'apps/*/src/environment.ts',
  'apps/web/vite.config.ts',
  'libs/simulator/src/**/*.ts',
  'libs/persistence/src/migrate.ts',
  'tools/**/*.{ts,mjs}',
];
/** Set by the test runner for its suites, and only there. */
const isInternal = (name: string) => name.startsWith('HOLDFAST_TEST_');

function namesIn(text: string): string[] {
  return [...new Set(text.match(NAME) ?? [])].filter((name) => !isInternal(name));
}

const example = readFileSync('.env.example', 'utf8');
const documented = [...example.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name ?? '');
/** The settings of Docker Compose itself, such as passwords of its servers. */
const composed = [...readFileSync('docker-compose.yml', 'utf8').matchAll(/\$\{([A-Z_]+)/g)]
  .map(([, name]) => name ?? '')
  .filter((name) => namesIn(name).length === 0);
const read = new Set(
  globSync(READERS)
    .filter((file) => !/spec\.ts$/.test(file))
    .flatMap((file) => namesIn(readFileSync(file, 'utf8'))),
);

describe('.env.example', () => {
  it('explains every variable that any program reads', () => {
    expect([...read].filter((name) => !documented.includes(name)).sort()).toEqual([]);
  });

  it('explains no variable that nobody reads', () => {
    const unread = documented.filter((name) => !read.has(name) && !composed.includes(name));
    expect(unread).toEqual([]);
  });

  it('names each variable once, under a comment', () => {
    expect(documented.filter((name, index) => documented.indexOf(name) !== index)).toEqual([]);
    const lines = example.split('\n');
    const bare = documented.filter((name) => {
      const at = lines.findIndex((line) => new RegExp(`^#? ?${name}=`).test(line));
      return !lines[at - 1]?.startsWith('#');
    });
    expect(bare).toEqual([]);
  });
});
