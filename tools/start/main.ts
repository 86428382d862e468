/**
 * `npm start`: starts everything that Holdfast needs in one home folder, keeps it running, and stops all of it on Ctrl-C.
 * `npm run dev` is the same with `--dev`: sources are watched, and Vite serves the page. This file lists the steps in
 * order; the files beside it and in ../services implement them.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from '../build/build.ts';
import { releaseLock, takeLock } from '../file-lock.mjs';
import { Advice, printFailure, step } from '../progress.mjs';
import { rotateLog } from '../services/log-rotation.ts';
import { freePort, listenError, portHolder } from '../services/ports.ts';
import { startPostgres } from '../services/postgres.ts';
import { ProcessGroup } from '../services/process-group.ts';
import { ensureRedisServer, redisProblem, startRedis } from '../services/redis.ts';
import { rootNotice } from '../services/root-changes.ts';
import { inWords, prepareHome } from './home.ts';
import { findLocalServer, howToUse } from './local-models.ts';
import { compiler, MIGRATIONS_ENTRY, nodeProgram, page } from './programs.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import {
  type DatabaseUrls,
  databaseEnvironment,
  needsSimulator,
  processEnvironment,
  readSettings,
  type Settings,
} from './settings.ts';

/** One Ctrl-C arrives more than once (terminal, npm, our launcher); only a later one means "stop at once". */
const IMPATIENT_AFTER_MS = 1_500;

/** How long root may read the notice of changes. */
const NOTICE_MS = 5_000;

const DEVELOPMENT = process.argv.includes('--dev');
const DEVELOPMENT_PAGE_URL = 'http://127.0.0.1:5173/';

async function start(settings: Settings, group: ProcessGroup): Promise<void> {
  const stale = await group.endStale();
  if (stale.length > 0) console.log(`  ended what an interrupted run had left behind: ${stale.join(', ')}`);
  await requireFreePort(settings);

  const secrets = readSecrets(settings.home);
  const embedded = { postgres: settings.database === undefined, redis: settings.redisUrl === undefined };
  const notice = rootNotice({ ...embedded, chromium: false });
  if (notice) {
    console.log(notice);
    // Time to read it and press Ctrl-C; without a terminal nobody reads it.
    if (process.stdout.isTTY) await delay(NOTICE_MS);
  }
  const program = settings.redisUrl === undefined ? await step('Redis server', ensureRedisServer) : undefined;
  await step('Build', (tell) => build(tell));
  const database = await step('Postgres', async (tell) => {
    if (!settings.database) {
      const password = secrets.postgresPassword;
      return rolesOf(await startPostgres({ group, password, throwAway: false }, tell), secrets);
    }
    const { owner, admin } = settings.database;
    const variable = admin === undefined ? 'HOLDFAST_DATABASE_URL' : 'HOLDFAST_DATABASE_ADMIN_URL';
    await requireService(variable, admin ?? owner, databaseProblem, tell);
    return settings.database;
  });
  const redisUrl = await step('Redis', async (tell) => {
    if (program) return startRedis({ group, program, password: secrets.redisPassword, throwAway: false }, tell);
    await requireService('HOLDFAST_REDIS_URL', settings.redisUrl ?? '', redisProblem, tell);
    return settings.redisUrl ?? '';
  });
  const simulatorPort = needsSimulator(settings) ? await freePort() : undefined;
  const env = processEnvironment(settings, {
    redisUrl,
    serviceToken: secrets.serviceToken,
    hookKey: secrets.hookKey,
    simulatorPort,
  });

  if (DEVELOPMENT) allowOrigin(env, DEVELOPMENT_PAGE_URL);
  const programs = { home: settings.home, env, apiUrl: settings.url, watch: DEVELOPMENT };

  await step('Migrations', () => migrate({ ...env, ...databaseEnvironment(database, 'migrations') }, settings));
  if (DEVELOPMENT) await step('swc, watching', () => group.start(compiler(programs)));
  if (simulatorPort !== undefined) {
    const title = settings.simulated ? 'Simulator (no model is configured)' : 'Demo airline (none is configured)';
    await step(title, async (tell) => {
      await group.start(nodeProgram('simulator', programs));
      tell(`127.0.0.1:${simulatorPort}`);
    });
  }
  const app = (name: 'api' | 'worker') =>
    nodeProgram(name, { ...programs, env: { ...env, ...databaseEnvironment(database, name) } });
  await step('API', () => group.start(app('api')));
  await step('Worker', () => group.start(app('worker')));
  if (DEVELOPMENT) await step('Vite', () => group.start(page(programs, DEVELOPMENT_PAGE_URL)));
  writeInstanceFile(settings, { url: `${settings.url}/`, databaseUrl: database.owner, redisUrl, simulatorPort });
}

/** The roles of the embedded Postgres. Its superuser creates them, along with the first migrations of this version. */
function rolesOf(adminUrl: string, secrets: Secrets): DatabaseUrls {
  const as = (username: string, password: string) => Object.assign(new URL(adminUrl), { username, password }).href;
  return {
    owner: as('holdfast_owner', secrets.databaseOwnerPassword),
    api: as('holdfast_api', secrets.databaseApiPassword),
    worker: as('holdfast_worker', secrets.databaseWorkerPassword),
    admin: adminUrl,
  };
}

/** Vite serves the page from an origin other than the api's. */
function allowOrigin(env: NodeJS.ProcessEnv, url: string): void {
  const { origin } = new URL(url);
  env.HOLDFAST_ALLOWED_ORIGINS = env.HOLDFAST_ALLOWED_ORIGINS ? `${env.HOLDFAST_ALLOWED_ORIGINS},${origin}` : origin;
}

async function requireFreePort({ host, port }: Settings): Promise<void> {
  const error = await listenError(port, host);
  if (!error) return;
  if (error === 'EADDRINUSE') {
    const holder = portHolder(port);
    throw new Advice(
      `Port ${port} on ${host} is taken${holder ? ` by ${holder}` : ''}.\n` +
        `End that program, or choose another port:  HOLDFAST_PORT=${port + 1} npm start`,
    );
  }
  throw new Advice(`Listening on ${host}:${port} is not possible (${error}). Check HOLDFAST_HOST and HOLDFAST_PORT.`);
}

async function requireService(
  variable: string,
  url: string,
  findProblem: (url: string) => Promise<string | undefined> | string | undefined,
  tell: (note: string) => void,
): Promise<void> {
  const host = /^[^/]+\/\/(?:[^@/]*@)?([^/?]+)/.exec(url)?.[1] ?? 'an address';
  const problem = await findProblem(url);
  if (problem) throw new Advice(`${variable} points to ${host}, which cannot be used: ${problem}`);
  tell(`${host} (${variable})`);
}

/** Checked by the migrations, which read the address as the apps do. @returns undefined when a suitable Postgres answers */
function databaseProblem(url: string): string | undefined {
  const env = { ...process.env, HOLDFAST_DATABASE_URL: url };
  const { status, stderr } = spawnSync(process.execPath, [MIGRATIONS_ENTRY, 'status'], { env, encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim().replace(/^status failed: /, '');
}

function migrate(env: NodeJS.ProcessEnv, settings: Settings): void {
  const result = spawnSync(process.execPath, ['--enable-source-maps', MIGRATIONS_ENTRY, 'up'], {
    env,
    encoding: 'utf8',
  });
  const output = `${result.stdout}${result.stderr}`;
  const log = join(settings.home, 'logs', 'migrations.log');
  rotateLog(log);
  writeFileSync(log, output, { flag: 'a', mode: 0o600 });
  if (result.status !== 0)
    throw new Advice(`The database could not be brought up to date:\n\n${output.trim().slice(-4_000)}`);
}

/** Addresses for tools and people. Contains the servers' passwords, so only the owner may read it. */
function writeInstanceFile(settings: Settings, instance: Record<string, unknown>): void {
  const file = join(settings.home, 'run', 'instance.json');
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, ...instance }, null, 2)}\n`, { mode: 0o600 });
}

/** Resolves at the first signal to stop, or when the launcher is gone. */
function stopRequested(group: ProcessGroup): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > IMPATIENT_AFTER_MS) group.killAll();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    process.on('disconnect', onSignal);
  });
}

async function main(): Promise<void> {
  const settings = readSettings();
  prepareHome(settings.home);
  try {
    await run(settings);
  } catch (error) {
    throw inWords(settings.home, error);
  }
}

async function run(settings: Settings): Promise<void> {
  const lock = join(settings.home, 'run', 'holdfast.pid');
  const holder = takeLock(lock, 'tools/start/main.ts');
  if (holder !== undefined) {
    throw new Advice(
      `The folder ${settings.home} is in use by a Holdfast that is running (process ${holder}).\n` +
        `End that one, or start beside it:  HOLDFAST_HOME=.holdfast-2 HOLDFAST_PORT=${settings.port + 1} npm start`,
    );
  }
  const group = new ProcessGroup(settings.home, (message) => console.log(`! ${message}`));
  const stop = stopRequested(group);
  try {
    const starting = start(settings, group).then(() => announce(settings));
    await Promise.race([stop, starting.then(() => stop)]);
  } finally {
    await step('Stopping', () => group.stop());
    rmSync(join(settings.home, 'run', 'instance.json'), { force: true });
    releaseLock(lock);
  }
}

async function announce(settings: Settings): Promise<void> {
  const local = settings.simulated ? await findLocalServer() : null;
  const logs = relative(process.cwd(), join(settings.home, 'logs')) || '.';
  console.log(`\nHoldfast is running:  ${DEVELOPMENT ? DEVELOPMENT_PAGE_URL : `${settings.url}/`}\n`);
  if (settings.simulated) {
    console.log(
      '  Answers come from the bundled simulator, which is not a model. Set OPENAI_API_KEY or OPENAI_BASE_URL for a real one.',
    );
    if (local) console.log(`  ${howToUse(local)}`);
  }
  if (settings.airlineUrl === undefined) {
    console.log(
      '  Flights are those of the bundled demo airline; none of them is real. HOLDFAST_AIRLINE_URL names another.',
    );
  }
  console.log(`  Logs: ${logs}/   End with Ctrl-C.\n`);
}

// A closed terminal must not prevent an orderly stop.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
try {
  await main();
  process.exit(0);
} catch (error) {
  printFailure(error);
  process.exit(1);
}
