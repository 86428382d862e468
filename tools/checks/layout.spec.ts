import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = globSync('{apps,libs,test,bench,tools}/**/*.{ts,tsx,mts,mjs}').filter(
  (file) => !/(^|\/)(node_modules|dist|__generated__)\//.test(file),
);

/** The validated environment files, and entry programs that depend on their environment alone. */
const MAY_READ_ENVIRONMENT = [
  /^apps\/[^/]+\/src\/(environment|empty-addresses)\.ts$/,
  /^libs\/simulator\/src\/(environment|main)\.ts$/,
  /^libs\/persistence\/src\/migrate\.ts$/,
  /^apps\/web\/vite\.config\.ts$/,
  /^(tools|test|bench|libs\/[^/]+\/testing)\//,
  /spec\.tsx?$/,
];

describe('the layout of the repository', () => {
  it('has no folder whose name says nothing', () => {
    const vague = SOURCES.filter((file) => /\/(utils?|common|helpers?|shared|misc)\//.test(`/${file}`));
    expect(vague).toEqual([]);
  });

  it('names files in kebab-case with at most one role', () => {
    const odd = SOURCES.filter((file) => {
      const name = basename(file, extname(file));
      return !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*){0,2}$/.test(name);
    });
    expect(odd).toEqual([]);
  });

  it('reads process.env in the validated environment files only', () => {
    const offenders = SOURCES.filter((file) => !MAY_READ_ENVIRONMENT.some((allowed) => allowed.test(file))).filter(
      (file) => /\bprocess\.env\b|from 'node:process'/.test(readFileSync(file, 'utf8')),
    );
    expect(offenders).toEqual([]);
  });

  it('keeps every file of the product below 500 lines', () => {
    const long = SOURCES.filter(
      (file) => !/(spec\.tsx?|\.suite\.ts)$/.test(file) && readFileSync(file, 'utf8').split('\n').length > 500,
    );
    expect(long).toEqual([]);
  });

  it('commits nothing that is generated at run time', () => {
    if (!existsSync('.git')) return;
    const tracked = execFileSync('git', ['ls-files', 'dist', '.holdfast', 'node_modules', '.env'], {
      encoding: 'utf8',
    });
    expect(tracked).toBe('');
  });
});
