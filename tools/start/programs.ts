/** What `npm start` runs: the entry points of the built programs, and how each one's readiness is detected. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SWC_ARGUMENTS, serverFolders } from '../build/build.ts';
import { type GroupProcess, homeArgument, type ProcessName } from '../services/process-group.ts';

const ENTRIES = {
  api: 'dist/apps/api/src/main.js',
  worker: 'dist/apps/worker/src/main.js',
  simulator: 'dist/libs/simulator/src/main.js',
} satisfies Partial<Record<ProcessName, string>>;

export const MIGRATIONS_ENTRY = 'dist/libs/persistence/src/migrate.js';

const READY_TIMEOUT_MS = 60_000;
/** The worker releases its running jobs within seconds; after this it is killed and another attempt takes over. */
const STOP_TIMEOUT_MS = 15_000;

export interface ProgramOptions {
  home: string;
  env: NodeJS.ProcessEnv;
  apiUrl: string;
  /** Restart whenever a file that the program has loaded changes. */
  watch: boolean;
}

/** Worker and simulator report readiness by IPC; the api is polled, because only it knows whether its parts are available. */
export function nodeProgram(name: keyof typeof ENTRIES, { home, env, apiUrl, watch }: ProgramOptions): GroupProcess {
  const flags = [...(watch ? ['--watch', '--watch-preserve-output'] : []), '--enable-source-maps'];
  return {
    ...supervised(env, [...flags, ...PARENT_WATCH, resolve(ENTRIES[name]), homeArgument(home)]),
    name,
    ready: name === 'api' ? (signal, explain) => waitUntilOk(`${apiUrl}/readyz`, signal, explain) : 'ipc',
  };
}

/** swc in watch mode. Starts before the programs, because its first pass rewrites all their files. */
export function compiler(options: ProgramOptions): GroupProcess {
  const args = [
    'node_modules/@swc/cli/bin/swc.js',
    ...serverFolders(),
    '--watch',
    ...SWC_ARGUMENTS,
    '--out-dir',
    'dist',
  ];
  return { ...developmentTool(options, args), name: 'compiler', ready: { logs: 'Watching for file changes' } };
}

/** Vite's development server. */
export function page(options: ProgramOptions, url: string): GroupProcess {
  const address = ['--strictPort', '--port', new URL(url).port, '--host', '127.0.0.1'];
  const args = ['node_modules/vite/bin/vite.js', 'apps/web', '--configLoader', 'native', ...address];
  return {
    ...developmentTool(options, args),
    name: 'page',
    ready: (signal, explain) => waitUntilOk(url, signal, explain),
  };
}

const PARENT_WATCH = ['--import', resolve('tools/start/parent-watch.mjs')];

function developmentTool({ env }: ProgramOptions, args: string[]) {
  return supervised({ ...env, NODE_ENV: 'development' }, [...PARENT_WATCH, ...args]);
}

/** A Node process that ends with this one. */
function supervised(env: NodeJS.ProcessEnv, args: string[]) {
  return {
    command: process.execPath,
    args,
    env,
    cwd: process.cwd(),
    channel: true,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopSignal: 'SIGTERM' as const,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  };
}

async function waitUntilOk(url: string, signal: AbortSignal, explain: (reason: string) => void): Promise<void> {
  while (!signal.aborted) {
    const problem = await problemAt(url);
    if (problem === undefined) return;
    explain(`${url} said: ${problem}`);
    await sleep(100);
  }
}

/** @returns undefined when all is well, otherwise what the answer says, or why there is none */
async function problemAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    return response.ok ? undefined : `${response.status} ${body.slice(0, 2_000)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error); // Not listening yet.
  }
}
