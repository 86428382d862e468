/**
 * The entry of `npm start` and `npm test`: updates node_modules to match package-lock.json, then runs the real program on
 * the Node version that the project pins. Works on any Node from version 20, with nothing installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './file-lock.mjs';
import { Advice, printFailure, step } from './progress.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PROGRAMS = {
  start: ['tools/start/main.ts'],
  dev: ['tools/start/main.ts', '--dev'],
  test: ['tools/test/main.ts'],
  bench: ['bench/main.ts'],
};
const PINNED_NODE = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const INSTALL_LOCK = join(ROOT, '.holdfast', 'install.lock');

/** Whether every package that the lockfile requires is installed in exactly that version, and the pinned Node runs. */
function isInstalled() {
  const installedLock = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock) || !existsSync(PINNED_NODE)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const found = installed[path];
    if (found ? found.version !== entry.version : !entry.optional && !entry.devOptional && !entry.peer) return false;
  }
  return spawnSync(PINNED_NODE, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** `npm ci` replaces node_modules, so npm itself must not run on the Node that lives inside it. */
function pathWithoutOwnNode() {
  const inside = join(ROOT, 'node_modules');
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(inside))
    .join(delimiter);
}

function install(tell) {
  tell('npm ci, one to three minutes the first time');
  const { npm_config_omit, npm_config_production, NODE_ENV, ...env } = process.env;
  return new Promise((resolve, reject) => {
    // This process ends npm and waits for it, so that the lock is released and nothing continues to write into
    // node_modules.
    let interrupted = false;
    const interrupt = () => {
      interrupted = true;
      npm.kill();
    };
    // Registered before npm runs: otherwise a signal in between would end only this process.
    for (const signal of SIGNALS) process.on(signal, interrupt);
    const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=warn', '--include=dev'], {
      cwd: ROOT,
      env: { ...env, PATH: pathWithoutOwnNode() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (bytes) => {
      output = (output + bytes).slice(-8_000);
      const last = String(bytes).trim().split('\n').at(-1);
      if (last && !last.startsWith('npm warn')) tell(`npm ci, ${last.slice(0, 60)}`);
    };
    npm.stdout.on('data', keep);
    npm.stderr.on('data', keep);
    npm.on('error', (error) => reject(new Advice(`npm could not be run (${error.message}). Install npm 10 or newer.`)));
    npm.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, interrupt);
      if (interrupted) reject(new Advice('The installation was interrupted. Start again to finish it.'));
      else if (code === 0) resolve();
      else
        reject(new Advice(`npm ci failed. Check the network or the registry, then try again. It said:\n\n${output}`));
    });
  });
}

async function ensureDependencies() {
  await step('Dependencies', async (tell) => {
    if (isInstalled()) return tell('already installed');
    // Two starts in one folder must not install at the same time.
    await withLock(INSTALL_LOCK, 'tools/bootstrap.mjs', tell, async () => {
      if (!isInstalled()) await install(tell);
    });
    if (!isInstalled()) {
      throw new Advice(
        'npm ci ended well, but node_modules does not match package-lock.json, or its Node does not run.\n' +
          'Are install scripts switched off (npm config get ignore-scripts)? The package "node" needs its own.',
      );
    }
    tell('installed');
  });
}

/** Runs the program and exits with its exit code. Signals reach it once, whoever sent them. */
function handOver(args) {
  const child = spawn(PINNED_NODE, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${dirname(PINNED_NODE)}${delimiter}${process.env.PATH ?? ''}` },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  watchLauncher(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    printFailure(error);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

/** When npm is killed by force, its script stays behind. The loss of npm is then the signal to stop. */
function watchLauncher(stop) {
  if (!process.env.npm_lifecycle_event) return;
  const known = launchers();
  setInterval(() => {
    if (launchers() !== known) stop();
  }, 1_000).unref();
}

/** The parent; if that is the shell that npm inserts on Linux, also the shell's parent, which is npm. */
function launchers() {
  const parent = process.ppid;
  try {
    if (!/^(\S*\/)?sh\0-c\0/.test(readFileSync(`/proc/${parent}/cmdline`, 'utf8'))) return String(parent);
    return `${parent} ${/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1]}`;
  } catch {
    return String(parent); // Ended just now, or not Linux.
  }
}

async function main() {
  const [mode, ...args] = process.argv.slice(2);
  const program = PROGRAMS[mode];
  if (!program) throw new Advice(`Usage: node tools/bootstrap.mjs <${Object.keys(PROGRAMS).join('|')}>`);
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Advice(
      `Node ${process.versions.node} is too old to begin with: install Node 20 or newer (24 is fetched by npm).`,
    );
  }
  try {
    await ensureDependencies();
  } catch (error) {
    printFailure(error);
    if (mode === 'test') console.log('0 passed, 1 failed');
    process.exit(1);
  }
  handOver([...program, ...args]);
}

try {
  await main();
} catch (error) {
  printFailure(error);
  process.exit(1);
}
