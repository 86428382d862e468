/**
 * `npm run bench`: starts what the benchmarks need, runs them, prints one table and writes the same figures as JSON and as
 * a page. Absolute times depend on the machine; the ratios within one run are what matters. Arguments select benchmarks by
 * name; `--keep` writes the figures of a complete run where git keeps them, for the documents that quote them.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from '../tools/build/build.ts';
import { Advice, printFailure, step } from '../tools/progress.mjs';
import { startPostgres } from '../tools/services/postgres.ts';
import { ProcessGroup } from '../tools/services/process-group.ts';
import { ensureRedisServer } from '../tools/services/redis.ts';
import { ensurePeers, peerVersion } from './peers/peer-packages.ts';
import { type Circumstances, resultsPage } from './results-page.ts';
import type { BenchmarkResults } from './run-benchmarks.ts';

const words = process.argv.slice(2).filter((argument) => argument !== '--keep');
const isKept = process.argv.includes('--keep');
const REPORT = isKept ? 'bench/figures' : 'bench/results/latest';

async function main(group: ProcessGroup): Promise<void> {
  if (isKept && words.length > 0) throw new Advice('Only a complete run is kept: leave out the names or `--keep`.');
  await step('Redis server', ensureRedisServer);
  await step('Build', (tell) => build(tell));
  await step('What we compare with', ensurePeers);
  // Durable, as in production: without fsync, every commit would look faster than it is.
  const options = { group, password: randomUUID(), throwAway: false };
  process.env.HOLDFAST_TEST_DATABASE_URL = await step('Postgres', (tell) => startPostgres(options, tell));
  const loadBefore = loadavg()[0];
  // Imported late, because it loads the build that was just made.
  const { runBenchmarks } = await import('./run-benchmarks.ts');
  const results: BenchmarkResults = { rows: [], profiles: {} };
  try {
    await runBenchmarks(words, results);
  } catch (error) {
    // Figures measured before a failure are shown, but never kept.
    if (!isKept) report(results, loadBefore);
    throw error;
  }
  report(results, loadBefore);
}

function report({ rows, profiles }: BenchmarkResults, loadBefore: number | undefined): void {
  const machine: Circumstances = {
    processor: cpus()[0]?.model.trim(),
    cores: cpus().length,
    node: process.version,
    peers: Object.fromEntries(['@durable-streams/server', 'resumable-stream'].map((name) => [name, peerVersion(name)])),
    commit: commit(),
    loadBefore,
    at: new Date().toISOString(),
  };
  console.table(rows);
  for (const [name, { parts, functions }] of Object.entries(profiles)) {
    console.log(`\nWhere the time goes: ${name}`);
    console.table(parts);
    console.table(functions);
  }
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(`${REPORT}.json`, `${JSON.stringify({ machine, rows, profiles }, null, 2)}\n`);
  writeFileSync(`${REPORT}.md`, resultsPage(machine, { rows, profiles }));
  console.log(`The same figures stand in ${REPORT}.json and, as a page, in ${REPORT}.md.`);
}

/** `null` outside a git checkout. */
function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return null;
  }
}

const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
chmodSync(home, 0o755);
const group = new ProcessGroup(home, (message) => console.log(`! ${message}`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    group.killAll();
    rmSync(home, { recursive: true, force: true });
    process.exit(1);
  });
}
try {
  await main(group);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
} finally {
  await group.stop();
  rmSync(home, { recursive: true, force: true });
}
process.exit();
