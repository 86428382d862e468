import { execFile } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClientPackage } from '../../tools/package/client-package.ts';
import { System } from '../support/system.ts';

const run = promisify(execFile);

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const readJson = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
const root = readJson<Manifest>('package.json');

/** A project that has installed the package: unpacked from its tarball, its dependencies linked instead of downloaded. */
let consumer: string;
let installed: string;
let system: System;

/** The code blocks of the package's README in one language, in order. */
function examples(language: string): string[] {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, lang, code]) =>
    lang === language && code !== undefined ? [code] : [],
  );
}

function link(name: string): void {
  const target = join(consumer, 'node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(resolve('node_modules', name), target);
}

beforeAll(async () => {
  consumer = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-client-')));
  installed = join(consumer, 'node_modules/@holdfast/client');
  const folder = join(consumer, 'package');
  await makeClientPackage(folder);
  const { stdout } = await run('npm', ['pack', folder, '--pack-destination', consumer, '--json', '--ignore-scripts'], {
    cwd: consumer,
    env: { ...process.env, npm_config_update_notifier: 'false', npm_config_cache: join(consumer, 'cache') },
  });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(consumer, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of Object.keys(readJson<Manifest>(join(installed, 'package.json')).dependencies)) link(name);
  system = await System.start();
}, 180_000);

afterAll(async () => {
  await system?.stop();
  rmSync(consumer, { recursive: true, force: true });
});

describe('the published client', () => {
  it('holds its code, its types, its README and its license, and nothing else', () => {
    const files = globSync('**/*', { cwd: installed, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(files).toEqual(
      expect.arrayContaining(['index.js', 'react.js', 'index.d.ts', 'react.d.ts', 'README.md', 'LICENSE']),
    );
    expect(files.filter((name) => !/\.(js|js\.map|d\.ts)$|^(README\.md|LICENSE|package\.json)$/.test(name))).toEqual(
      [],
    );
    expect(files.filter((name) => name.includes('spec'))).toEqual([]);
  });

  it('asks for the versions that it is tested with', () => {
    const { dependencies, version } = readJson<Manifest>(join(installed, 'package.json'));
    expect(version).toBe(root.version);
    for (const [name, wanted] of Object.entries(dependencies)) expect(root.dependencies[name], name).toBe(wanted);
  });

  it('imports what it declares and no more: no server, no framework but React behind its own door', () => {
    const { dependencies, peerDependencies } = readJson<Manifest>(join(installed, 'package.json'));
    const importedBy = (file: string) =>
      [
        ...readFileSync(join(installed, file), 'utf8').matchAll(
          /^(?:import|export)\b[^;]*?from ["']([^"'.][^"']*)["']/gm,
        ),
      ]
        .map(([, name = '']) => name)
        .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    const scripts = globSync('*.js', { cwd: installed });
    expect(scripts.length).toBeGreaterThanOrEqual(2);
    for (const file of scripts) {
      const allowed = [...Object.keys(dependencies), ...(file === 'react.js' ? Object.keys(peerDependencies) : [])];
      expect(
        importedBy(file).filter((name) => !allowed.includes(name)),
        file,
      ).toEqual([]);
      const text = readFileSync(join(installed, file), 'utf8');
      expect(text, file).not.toMatch(/@nestjs|typeorm|ioredis|bullmq|["']node:|#libs\/|\brequire\(/);
    }
    expect(importedBy('react.js')).toContain('react');
  });

  it('runs the example of its README for Node against a running server, without React', async () => {
    const [example] = examples('js');
    writeFileSync(join(consumer, 'build.mjs'), example ?? '');
    const { stdout } = await run(process.execPath, ['build.mjs'], {
      cwd: consumer,
      env: { PATH: process.env.PATH, HOLDFAST_URL: system.url },
      timeout: 45_000,
    });
    expect(stdout).toMatch(/SUCCEEDED: [1-9]\d* nodes\n$/);
    const [newest] = (
      await system.api.data<{ workflows: { nodes: { id: string }[] } }>('{ workflows(first: 1) { nodes { id } } }')
    ).workflows.nodes;
    const stored = await system.api.workflow(newest?.id ?? '');
    const text = stored?.messages
      .at(-1)
      ?.parts.map((part) => (part.type === 'text' ? part.text : ''))
      .join('');
    expect(stdout).toContain(text);
  });

  it('gives types that fit every example of its README', async () => {
    for (const name of ['react', '@types/react', '@types/node']) link(name);
    for (const [at, code] of examples('ts').entries()) writeFileSync(join(consumer, `example-${at}.ts`), code);
    for (const [at, code] of examples('tsx').entries()) writeFileSync(join(consumer, `component-${at}.tsx`), code);
    writeFileSync(
      join(consumer, 'mistake.ts'),
      "import { createHoldfastClient } from '@holdfast/client';\ncreateHoldfastClient({ url: 1 });\n",
    );
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2023',
          lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
          jsx: 'react-jsx',
          strict: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          noEmit: true,
          types: ['node'],
        },
        files: [...globSync('{example-*,component-*,mistake}.{ts,tsx}', { cwd: consumer })],
      }),
    );
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const compiling = run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: consumer });
    const { stdout } = await compiling.catch((failure: { stdout: string }) => failure);
    // What other packages' types lack is theirs; ours and the examples have to fit, and a mistake has to be seen.
    const ours = stdout.split('\n').filter((line) => /^(node_modules\/@holdfast|example|component|mistake)/.test(line));
    expect(ours.filter((line) => !line.startsWith('mistake'))).toEqual([]);
    expect(ours).toEqual([expect.stringMatching(/^mistake\.ts\(2,24\).*not assignable to type 'string'/)]);
  }, 180_000);
});
