/**
 * `npm run bench`: starts what the benchmarks need, runs them in one go, prints one table and writes the same figures as
 * JSON. Absolute times depend on the machine; what counts are the ratios within one run.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../tools/build/build.ts';
import { printFailure, step } from '../tools/progress.mjs';
import { startPostgres } from '../tools/services/postgres.ts';
import { ProcessGroup } from '../tools/services/process-group.ts';
import { ensureRedisServer } from '../tools/services/redis.ts';
import type { BenchmarkRow } from './benchmark-row.ts';

const REPORT = 'bench/results/latest.json';

async function main(group: ProcessGroup): Promise<BenchmarkRow[]> {
  await step('Redis server', ensureRedisServer);
  await step('Build', (tell) => build(tell));
  // Durable, as in production: a benchmark without fsync would flatter every commit.
  const options = { group, password: randomUUID(), throwAway: false };
  process.env.HOLDFAST_TEST_DATABASE_URL = await step('Postgres', (tell) => startPostgres(options, tell));
  // Imported late: it loads the build that was only just made.
  const { submitToFirstChunk } = await import('./submit-to-first-chunk.ts');
  return submitToFirstChunk();
}

const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
chmodSync(home, 0o755);
const group = new ProcessGroup(home, (message) => console.log(`! ${message}`));
try {
  const rows = await main(group);
  console.table(Object.fromEntries(rows.map(({ name, ...figures }) => [name, figures])));
  const machine = { node: process.version, cores: cpus().length, at: new Date().toISOString() };
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  console.log(`The same figures stand in ${REPORT}.`);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
} finally {
  await group.stop();
  rmSync(home, { recursive: true, force: true });
}
process.exit();
