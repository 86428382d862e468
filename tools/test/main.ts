/**
 * `npm test`: throw-away Postgres and Redis, a build, Vitest, and a one-line summary. Everything that it started is stopped
 * when it ends, whatever happens. `--long` runs the suites in the sizes of docs/reliability.md; other arguments go to
 * Vitest: `npm test -- libs/graph`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../build/build.ts';
import { printFailure, step } from '../progress.mjs';
import { ensureChromium } from '../services/chromium.ts';
import { ensurePgBouncer } from '../services/pgbouncer.ts';
import { startPostgres } from '../services/postgres.ts';
import { ProcessGroup } from '../services/process-group.ts';
import { ensureRedisServer, startRedis } from '../services/redis.ts';
import { rootNotice } from '../services/root-changes.ts';
import { killMarked, RUN_MARK, sweepDeadRuns, TEST_HOME_PREFIX } from './leftovers.ts';
import { type Summary, summarise, summaryLine } from './summary.ts';

const VITEST_GRACE_MS = 10_000;

const isLong = process.argv.includes('--long');
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== '--long');
let vitest: ChildProcess | undefined;
let interrupted = false;

async function run(home: string, group: ProcessGroup): Promise<Summary> {
  const notice = rootNotice({
    postgres: true,
    redis: true,
    chromium: needs('test/**/*.browser-spec.ts') && !process.env.HOLDFAST_TEST_CHROMIUM,
  });
  if (notice) console.log(notice);
  const redisServer = await step('Redis server', ensureRedisServer);
  const chromium = needs('test/**/*.browser-spec.ts') ? await step('Chromium', ensureChromium) : undefined;
  const pgBouncer = needs('test/faults/pooler.fault-spec.ts') ? await step('PgBouncer', ensurePgBouncer) : undefined;
  const isBuilt = await buildOrSay();
  const password = randomUUID();
  const databaseUrl = await step('Postgres', (tell) => startPostgres({ group, password, throwAway: true }, tell));
  const redis = { group, program: redisServer, password: randomUUID(), throwAway: true };
  const redisUrl = await step('Redis', (tell) => startRedis(redis, tell));
  if (interrupted) return { passed: 0, failed: 1, skipped: 0 };
  const report = join(home, 'report.json');
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  const exitCode = await runVitest(report, {
    ...withoutOwnSettings(process.env),
    [RUN_MARK]: home,
    // Temporary files of the suites are removed with this folder.
    TMPDIR: temporary,
    HOLDFAST_TEST_DATABASE_URL: databaseUrl,
    HOLDFAST_TEST_REDIS_URL: redisUrl,
    ...(isLong && { HOLDFAST_TEST_LONG: 'true' }),
    ...(pgBouncer && { HOLDFAST_TEST_PGBOUNCER: pgBouncer }),
    ...(chromium && { HOLDFAST_TEST_CHROMIUM: chromium }),
  });
  const summary = summarise(report, exitCode);
  return isBuilt ? summary : { ...summary, failed: summary.failed + 1 };
}

/** A part that cannot be built is one failure; suites that do not need it still run. */
async function buildOrSay(): Promise<boolean> {
  try {
    await step('Build', (tell) => build(tell));
    return true;
  } catch (error) {
    printFailure(error);
    return false;
  }
}

/** The developer's own Holdfast settings must not leak into the tests, least of all a key that costs money. */
function withoutOwnSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(HOLDFAST|OPENAI)_/.test(name)));
}

/** What only some suites need is set up only for a run that includes one of them. */
function needs(pattern: string): boolean {
  const filters = vitestArguments.filter((argument) => !argument.startsWith('-'));
  const suites = globSync(pattern);
  return suites.some((suite) => filters.length === 0 || filters.some((filter) => suite.includes(filter)));
}

function runVitest(report: string, env: NodeJS.ProcessEnv): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return new Promise((resolve, reject) => {
    vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...vitestArguments], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    vitest.on('error', reject);
    vitest.on('exit', (code) => resolve(code ?? 1));
  });
}

function interrupt(): void {
  interrupted = true;
  vitest?.kill('SIGTERM');
  setTimeout(() => vitest?.kill('SIGKILL'), VITEST_GRACE_MS).unref();
}

async function main(): Promise<Summary> {
  await sweepDeadRuns();
  const home = mkdtempSync(join(tmpdir(), TEST_HOME_PREFIX));
  chmodSync(home, 0o755);
  writeFileSync(join(home, 'owner.pid'), `${process.pid}\n`);
  const group = new ProcessGroup(home, (message) => console.log(`! ${message}`));
  try {
    return await run(home, group);
  } finally {
    const leftBehind = killMarked(home);
    for (const command of leftBehind) console.log(`! left behind by a test, killed: ${command.slice(0, 150)}`);
    await group.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
process.on('disconnect', interrupt);
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
let summary: Summary = { passed: 0, failed: 1, skipped: 0 };
try {
  summary = await main();
} catch (error) {
  printFailure(error);
}
console.log(summaryLine(summary));
process.exit(summary.failed > 0 || interrupted ? 1 : 0);
