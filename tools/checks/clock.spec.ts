import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Code that runs in the api or worker. Their clocks differ, and may be set while they run. */
const files = globSync(
  '{apps/{api,worker},libs/{agents,contracts,effects,engine,jobs,persistence,stream}}/src/**/*.ts',
).filter((file) => !/spec\.ts$/.test(file));

/** Allowed: the fallback time of an answer that contains no time. */
const exceptions = new Set(['libs/engine/src/provider-errors.ts']);

describe('the time of day', () => {
  it('is asked of Postgres, and waits are measured by a clock that nobody sets', () => {
    expect(files.length).toBeGreaterThan(200);
    const readers = files.filter((file) => /\bDate\.now\(|new Date\(\)/.test(readFileSync(file, 'utf8')));
    expect(readers.filter((file) => !exceptions.has(file))).toEqual([]);
  });
});
