/**
 * Builds what has changed: the server programs with swc, the page with Vite. Each part is built separately and then moved
 * into place, so that running processes never see half of it and files of deleted sources do not remain.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../file-lock.mjs';
import { runNode } from '../node-program.ts';
import { Advice } from '../progress.mjs';

interface Part {
  name: string;
  /** The files that the result depends on. */
  sources: string[];
  /** The folders under dist/ that it creates. */
  makes: string[];
  build(staging: string): { program: string; args: string[] };
}

/** How swc compiles the server programs, here and in watch mode. */
export const SWC_ARGUMENTS = [
  '--config-file',
  '.swcrc',
  '--extensions',
  '.ts',
  '--ignore',
  '**/*spec.ts,**/*.d.ts',
  '--copy-files',
];

/** The source folders of the server programs. */
export const serverFolders = () => globSync(['apps/{api,worker,cli}/src', 'libs/*/src']);

const PARTS: Part[] = [
  {
    name: 'server',
    sources: ['apps/{api,worker,cli}/src/**/*', 'libs/*/src/**/*', '.swcrc', 'package-lock.json'],
    makes: ['apps/api', 'apps/worker', 'apps/cli', 'libs'],
    build: (staging) => ({
      program: 'node_modules/@swc/cli/bin/swc.js',
      args: [...serverFolders(), ...SWC_ARGUMENTS, '--out-dir', staging, '--quiet'],
    }),
  },
  {
    name: 'web',
    sources: ['apps/web/**/*', 'libs/{client,contracts,graph}/src/**/*', 'package-lock.json'],
    makes: ['apps/web'],
    build: (staging) => ({
      program: 'node_modules/vite/bin/vite.js',
      args: [
        'build',
        'apps/web',
        '--configLoader',
        'native',
        '--outDir',
        join(process.cwd(), staging, 'apps/web'),
        '--emptyOutDir',
        '--logLevel',
        'warn',
      ],
    }),
  },
];

/**
 * Updates `dist/`. Works in the current folder, the project's root. Several programs may call it at once.
 * @param force build even what has not changed
 */
export async function build(tell: (note: string) => void, force = false): Promise<void> {
  // Test workers build too, and their command lines contain only "node".
  await withLock(join('.holdfast', 'build.lock'), 'node', tell, async () => {
    const built: string[] = [];
    for (const part of PARTS) {
      const stampFile = join('dist', `.${part.name}-built-from`);
      const stamp = fingerprint(part.sources);
      if (!force && isCurrent(part, stampFile, stamp)) continue;
      tell(part.name);
      await buildPart(part);
      writeFileSync(stampFile, stamp);
      built.push(part.name);
    }
    tell(built.length > 0 ? `built ${built.join(' and ')}` : 'nothing has changed');
  });
}

async function buildPart(part: Part): Promise<void> {
  const staging = join('.holdfast', `building-${part.name}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const { program, args } = part.build(staging);
  const { ended, output } = runNode([program, ...args], { ...process.env, NODE_ENV: 'production' });
  if ((await ended) !== 0) throw new Advice(`The ${part.name} part could not be built:\n\n${output().slice(-6_000)}`);
  for (const map of globSync(join(staging, '**/*.js.map'))) liftSources(map);
  for (const folder of part.makes) {
    rmSync(join('dist', folder), { recursive: true, force: true });
    if (!existsSync(join(staging, folder))) continue;
    mkdirSync(dirname(join('dist', folder)), { recursive: true });
    renameSync(join(staging, folder), join('dist', folder));
  }
  rmSync(staging, { recursive: true, force: true });
}

/** Source maps are created two folders below the project and used one below, so their relative paths lose one step up. */
function liftSources(mapFile: string): void {
  const map = JSON.parse(readFileSync(mapFile, 'utf8')) as { sources: string[] };
  const sources = map.sources.map((source) => source.replace(/^\.\.\//, ''));
  writeFileSync(mapFile, JSON.stringify({ ...map, sources }));
}

function isCurrent(part: Part, stampFile: string, stamp: string): boolean {
  const [main] = part.makes;
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(join('dist', main ?? ''));
}

/** A hash of names and contents. Tests do not count, because they are not built. */
function fingerprint(patterns: string[]): string {
  const hash = createHash('sha256');
  const files = patterns.flatMap((pattern) => globSync(pattern)).sort();
  for (const file of files) {
    if (/spec\.tsx?$/.test(file) || !statSync(file).isFile()) continue;
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
