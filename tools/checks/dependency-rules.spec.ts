import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

interface Rule {
  name: string;
  severity: string;
  scope?: string;
}
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: Rule[] };
const scopeOf = (name: string) => config.forbidden.find((rule) => rule.name === name)?.scope;
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as { imports: object };
const LIBRARIES = [
  'contracts',
  'graph',
  'engine',
  'agents',
  'persistence',
  'stream',
  'jobs',
  'effects',
  'client',
  'simulator',
];
const APPS = ['api', 'worker', 'web', 'cli'];

/** For each rule, imports that it must catch: `[file, what it imports]`. */
const FORBIDDEN: Record<string, [file: string, imports: string][]> = {
  'libs-contracts-imports-only-what-it-may': [['libs/contracts/src/a.ts', '#libs/graph']],
  'libs-graph-imports-only-what-it-may': [['libs/graph/src/a.ts', '#libs/engine']],
  'libs-engine-imports-only-what-it-may': [
    ['libs/engine/src/a.ts', '#libs/persistence'],
    ['libs/engine/src/b.ts', '#libs/agents'],
  ],
  'libs-agents-imports-only-what-it-may': [['libs/agents/src/a.ts', '#libs/stream']],
  'libs-persistence-imports-only-what-it-may': [
    ['libs/persistence/src/a.ts', '#libs/stream'],
    ['libs/persistence/src/b.ts', '#libs/jobs'],
  ],
  'libs-stream-imports-only-what-it-may': [['libs/stream/src/a.ts', '#libs/persistence']],
  'libs-jobs-imports-only-what-it-may': [['libs/jobs/src/a.ts', '#libs/stream']],
  'libs-effects-imports-only-what-it-may': [['libs/effects/src/a.ts', '#libs/agents']],
  'libs-client-imports-only-what-it-may': [['libs/client/src/a.ts', '#libs/graph']],
  'libs-simulator-imports-only-what-it-may': [['libs/simulator/src/a.ts', '#libs/engine']],
  'apps-api-imports-only-what-it-may': [
    ['apps/api/src/a.ts', '../../worker/src/main.js'],
    ['apps/api/src/b.ts', '#libs/simulator'],
  ],
  'apps-worker-imports-only-what-it-may': [['apps/worker/src/a.ts', '../../api/src/main.js']],
  'apps-web-imports-only-what-it-may': [['apps/web/src/a.tsx', '#libs/persistence']],
  'apps-cli-imports-only-what-it-may': [['apps/cli/src/a.ts', '#libs/engine']],
  'tools-import-only-tools': [['tools/a.ts', '#libs/contracts']],
  'nothing-imports-an-app': [['test/e2e/a.ts', '../../apps/api/src/main.js']],
  'products-import-no-tests': [
    ['libs/stream/src/b.ts', '../../../test/support/boot.js'],
    ['apps/worker/src/d.ts', '#libs/engine/testing'],
    ['libs/persistence/src/e.ts', '../../engine/testing/run-store.suite.js'],
  ],
  'nothing-imports-a-spec': [['libs/graph/src/b.ts', './graph.spec.js']],
  'every-folder-has-a-rule': [['libs/novelty/src/index.ts', '#libs/contracts']],
  'a-library-has-one-door': [
    ['apps/worker/src/b.ts', '../../../libs/engine/src/inner.js'],
    ['libs/agents/src/b.ts', '../../engine/src/inner.js'],
  ],
  'no-library-imports-its-own-door': [['libs/graph/src/c.ts', './index.js']],
  'no-cycles': [['libs/engine/src/round.ts', './trip.js']],
  'the-run-store-stands-on-the-root-of-persistence': [['libs/persistence/src/f.ts', './run-store/inner.js']],
  'no-cycles-between-folders-of-apps': [
    ['apps/api/src/runs/a.ts', '../workflows/b.js'],
    ['apps/api/src/workflows/c.ts', '../runs/d.js'],
  ],
  'imports-resolve': [['libs/graph/src/d.ts', './nowhere.js']],
  'the-core-knows-no-infrastructure': [
    ['libs/engine/src/c.ts', '@nestjs/common'],
    ['libs/engine/src/d.ts', 'ioredis'],
    ['libs/engine/src/e.ts', 'typeorm'],
    ['libs/engine/src/f.ts', 'bullmq'],
    ['libs/contracts/src/b.ts', 'ioredis'],
  ],
  'the-client-needs-no-framework': [['libs/client/src/c.ts', 'react']],
  'the-page-asks-through-the-client': [['apps/web/src/c.tsx', 'graphql-ws']],
  'only-persistence-speaks-sql': [['apps/api/src/runs.resolver.ts', 'typeorm']],
  'only-stream-jobs-and-apps-speak-redis': [['libs/persistence/src/c.ts', 'ioredis']],
  'entities-stay-in-persistence': [
    ['apps/api/src/d.ts', '../../../libs/persistence/src/run.entity.js'],
    ['libs/persistence/src/index.ts', './run.entity.js'],
  ],
  'browser-code-runs-in-browsers': [
    ['libs/client/src/b.ts', 'node:fs'],
    ['apps/web/src/b.tsx', 'node:path'],
  ],
  'products-need-no-development-packages': [['apps/api/src/e.ts', 'devtool']],
};

/** Imports that must stay possible, so that no rule is stricter than it says. */
const ALLOWED: [file: string, imports: string][] = [
  ['libs/engine/src/ok.ts', '#libs/contracts'],
  ['libs/agents/src/ok.ts', '#libs/engine'],
  ['libs/persistence/src/ok.repository.ts', './run.entity.js'],
  ['libs/persistence/src/ok.ts', 'typeorm'],
  ['libs/persistence/src/run-store/ok.ts', '../ok-root.js'],
  ['libs/stream/src/ok.ts', 'ioredis'],
  ['apps/api/src/ok.module.ts', '#libs/persistence'],
  ['apps/web/src/ok.tsx', '#libs/client'],
  ['apps/web/src/ok-hook.tsx', '#libs/client/react'],
  ['libs/client/src/react.ts', 'react'],
  ['test/engine/ok.spec.ts', '#libs/engine/testing'],
  ['libs/persistence/src/ok.integration-spec.ts', '../../engine/testing/run-store.suite.js'],
  ['libs/stream/testing/ok.ts', '../../../test/support/boot.js'],
  ['libs/stream/src/ok.integration-spec.ts', '../../../test/support/boot.js'],
  ['apps/worker/src/liveness/ok.ts', '../main.js'],
];

const tree = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-rules-')));
const found = cruise();

describe('the dependency rules', () => {
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('are each proved by an example', () => {
    expect(config.forbidden.map(({ name }) => name).sort()).toEqual(Object.keys(FORBIDDEN).sort());
  });

  it('are all errors, because a warning lets the check pass', () => {
    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  it('cover every library and app that is there', () => {
    const foldersIn = (parent: string) =>
      readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of foldersIn('libs')) expect(LIBRARIES).toContain(name);
    for (const { name } of foldersIn('apps')) expect(APPS).toContain(name);
  });

  for (const [rule, examples] of Object.entries(FORBIDDEN)) {
    for (const [file, imports] of examples) {
      it(`${rule}: catches ${file} importing ${imports}`, () => {
        // A rule on folders reports the folder.
        const from = scopeOf(rule) === 'folder' ? dirname(file) : file;
        expect(found.map((violation) => `${violation.rule} ${violation.from}`)).toContain(`${rule} ${from}`);
      });
    }
  }

  it('let through what is allowed', () => {
    const allowed = ALLOWED.map(([file]) => file);
    expect(found.filter(({ from }) => allowed.includes(from))).toEqual([]);
  });
});

/** Writes all examples into one temporary tree and checks it with the real configuration. */
function cruise(): { rule: string; severity: string; from: string }[] {
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  };
  const npm = ['@nestjs/common', 'ioredis', 'typeorm', 'bullmq', 'react', 'graphql-ws'];
  write(
    'package.json',
    JSON.stringify({
      type: 'module',
      imports: PACKAGE.imports,
      dependencies: Object.fromEntries(npm.map((name) => [name, '1.0.0'])),
      devDependencies: { devtool: '1.0.0' },
    }),
  );
  for (const name of [...npm, 'devtool']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
  for (const name of LIBRARIES) write(`libs/${name}/src/index.ts`, `export const ${name} = 1;\n`);
  for (const name of APPS) write(`apps/${name}/src/main.ts`, 'export const main = 1;\n');
  write('test/support/boot.ts', 'export const boot = 1;\n');
  write('libs/engine/src/inner.ts', 'export const inner = 1;\n');
  write('libs/engine/src/testing/index.ts', 'export const kit = 1;\n');
  write('libs/engine/testing/run-store.suite.ts', 'export const suite = 1;\n');
  write('libs/persistence/src/run-store/inner.ts', 'export const inner = 1;\n');
  write('libs/persistence/src/ok-root.ts', 'export const root = 1;\n');
  write('libs/engine/src/trip.ts', "export * from './round.js';\n");
  write('apps/api/src/workflows/b.ts', 'export const b = 1;\n');
  write('apps/api/src/runs/d.ts', 'export const d = 1;\n');
  write('libs/graph/src/graph.spec.ts', 'export const spec = 1;\n');
  write('libs/persistence/src/run.entity.ts', 'export const entity = 1;\n');
  for (const [file, imports] of [...Object.values(FORBIDDEN).flat(), ...ALLOWED]) {
    write(file, `import * as it from '${imports}';\nexport const used = it;\n`);
  }
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const flags = ['--config', resolve('.dependency-cruiser.cjs'), '--output-type', 'json'];
  const output = execFileSync(process.execPath, [program, ...flags, 'apps', 'libs', 'test', 'tools'], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: Rule; from: string }[] } };
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, severity: rule.severity, from }));
}
