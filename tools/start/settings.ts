/**
 * The settings of `npm start`: read from the environment and `.env`, validated once, and turned into the environment of
 * each process.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadEnvFile } from 'node:process';
import { Advice } from '../progress.mjs';

export type Settings = ReturnType<typeof readSettings>;

/** How each program reaches the database. All the same when one role is used for everything. */
export interface DatabaseUrls {
  owner: string;
  api: string;
  worker: string;
  /** Of a superuser, who creates the other roles. */
  admin: string | undefined;
}

/**
 * Reads `.env` (which never overrides variables that are already set), then validates. Throws `Advice` naming the invalid
 * variable.
 */
export function readSettings() {
  if (existsSync('.env')) loadEnvFile('.env');
  const host = setting('HOLDFAST_HOST') ?? '127.0.0.1';
  const port = Number(setting('HOLDFAST_PORT') ?? '4000');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Advice(`HOLDFAST_PORT is "${process.env.HOLDFAST_PORT}"; it must be a number from 1 to 65535.`);
  }
  const baseUrl = checkedUrl('OPENAI_BASE_URL', ['http:', 'https:']);
  const needed = baseUrl === undefined ? keyOf(setting('HOLDFAST_MODEL') ?? '') : undefined;
  if (needed !== undefined && setting(needed) === undefined) {
    throw new Advice(`HOLDFAST_MODEL is ${setting('HOLDFAST_MODEL')}, which needs a key: set ${needed}.`);
  }
  return {
    home: resolve(setting('HOLDFAST_HOME') ?? '.holdfast'),
    host,
    port,
    /** The address that a browser on this machine can open. */
    url: `http://${reachable(host)}:${port}`,
    /** Of an external Postgres; undefined for the embedded one. */
    database: ownDatabase(),
    redisUrl: checkedRedisUrl(),
    /** Whether the bundled simulator replaces a model. */
    simulated: setting('OPENAI_API_KEY') === undefined && baseUrl === undefined && needed === undefined,
    /** Undefined when not configured; the simulator's demo airline is then used. */
    airlineUrl: checkedUrl('HOLDFAST_AIRLINE_URL', ['http:', 'https:']),
  };
}

export interface Wiring {
  redisUrl: string;
  serviceToken: string;
  hookKey: string;
  simulatorPort: number | undefined;
}

/**
 * The complete environment for api, worker, simulator and migrations. It does not contain the database:
 * `databaseEnvironment` gives each program its own address.
 */
export function processEnvironment(settings: Settings, wiring: Wiring): NodeJS.ProcessEnv {
  const simulatorUrl = `http://127.0.0.1:${wiring.simulatorPort}`;
  return {
    ...withoutDatabase(withoutEmpty(process.env)),
    NODE_ENV: 'production',
    HOLDFAST_HOME: settings.home,
    HOLDFAST_HOST: settings.host,
    HOLDFAST_PORT: String(settings.port),
    HOLDFAST_REDIS_URL: wiring.redisUrl,
    HOLDFAST_SERVICE_TOKEN: wiring.serviceToken,
    HOLDFAST_HOOK_KEY: wiring.hookKey,
    HOLDFAST_API_URL: settings.url,
    HOLDFAST_SIMULATED: String(settings.simulated),
    HOLDFAST_MODEL: setting('HOLDFAST_MODEL') ?? (settings.simulated ? 'simulator' : 'gpt-5.4'),
    HOLDFAST_WORKER_CONCURRENCY: setting('HOLDFAST_WORKER_CONCURRENCY') ?? '20',
    HOLDFAST_LOG_LEVEL: setting('HOLDFAST_LOG_LEVEL') ?? 'info',
    HOLDFAST_LOG_FORMAT: setting('HOLDFAST_LOG_FORMAT') ?? 'json',
    HOLDFAST_WEB_DIR: setting('HOLDFAST_WEB_DIR') ?? resolve('dist/apps/web'),
    HOLDFAST_IDE: setting('HOLDFAST_IDE') ?? 'true',
    HOLDFAST_SIMULATOR_TOKENS_PER_SECOND: setting('HOLDFAST_SIMULATOR_TOKENS_PER_SECOND') ?? '60',
    // Local model servers (Ollama, vLLM, LM Studio) require a key but ignore it.
    OPENAI_API_KEY: setting('OPENAI_API_KEY') ?? 'none',
    ...(settings.simulated && { OPENAI_API_KEY: 'simulator', OPENAI_BASE_URL: `${simulatorUrl}/v1` }),
    ...(wiring.simulatorPort !== undefined && {
      HOLDFAST_SIMULATOR_PORT: String(wiring.simulatorPort),
      HOLDFAST_AIRLINE_URL: settings.airlineUrl ?? simulatorUrl,
    }),
  };
}

/** The database addresses for one program: no app learns of another role than its own. */
export function databaseEnvironment(urls: DatabaseUrls, program: 'migrations' | 'api' | 'worker'): NodeJS.ProcessEnv {
  if (program !== 'migrations') return { HOLDFAST_DATABASE_URL: urls[program] };
  return {
    HOLDFAST_DATABASE_URL: urls.owner,
    HOLDFAST_DATABASE_API_URL: urls.api,
    HOLDFAST_DATABASE_WORKER_URL: urls.worker,
    ...(urls.admin !== undefined && { HOLDFAST_DATABASE_ADMIN_URL: urls.admin }),
  };
}

/** The key required by a model with an Anthropic or Google name. */
function keyOf(model: string): 'ANTHROPIC_API_KEY' | 'GOOGLE_GENERATIVE_AI_API_KEY' | undefined {
  if (model.startsWith('anthropic/')) return 'ANTHROPIC_API_KEY';
  return model.startsWith('google/') ? 'GOOGLE_GENERATIVE_AI_API_KEY' : undefined;
}

/** The simulator replaces a model and provides the demo airline; either is a reason to start it. */
export function needsSimulator({ simulated, airlineUrl }: Settings): boolean {
  return simulated || airlineUrl === undefined;
}

/** `NAME=` in a .env file means the same as no line at all. */
function setting(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value || !/^(HOLDFAST|OPENAI|ANTHROPIC|GOOGLE)_/.test(name)),
  );
}

function withoutDatabase(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HOLDFAST_DATABASE_')));
}

function ownDatabase(): DatabaseUrls | undefined {
  const [owner, api, worker, admin] = [
    'HOLDFAST_DATABASE_URL',
    'HOLDFAST_DATABASE_API_URL',
    'HOLDFAST_DATABASE_WORKER_URL',
    'HOLDFAST_DATABASE_ADMIN_URL',
  ].map((name) => checkedUrl(name, ['postgres:', 'postgresql:']));
  if ((api === undefined) !== (worker === undefined) || (admin !== undefined && api === undefined)) {
    throw new Advice(
      'HOLDFAST_DATABASE_API_URL and HOLDFAST_DATABASE_WORKER_URL belong together, and beside HOLDFAST_DATABASE_ADMIN_URL.',
    );
  }
  if (owner !== undefined) return { owner, api: api ?? owner, worker: worker ?? owner, admin };
  if (api === undefined) return undefined;
  throw new Advice('HOLDFAST_DATABASE_API_URL is set, but not HOLDFAST_DATABASE_URL, under which the tables are made.');
}

function checkedUrl(name: string, protocols: string[]): string | undefined {
  const value = setting(name);
  if (value === undefined) return undefined;
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
  throw new Advice(
    `${name} is not an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );
}

/** Clusters and sentinels have several hosts in one address, which is not a URL; the api and the worker validate it fully. */
function checkedRedisUrl(): string | undefined {
  const value = setting('HOLDFAST_REDIS_URL');
  if (value !== undefined && /^rediss?\+(cluster|sentinel):\/\/./.test(value)) return value;
  return checkedUrl('HOLDFAST_REDIS_URL', ['redis:', 'rediss:']);
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
