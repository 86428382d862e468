/** The static checks of the repository in one list: `npm run check` runs them, and the test suite counts each as a test. */
import { existsSync, readFileSync } from 'node:fs';
import { build } from '../build/build.ts';
import { runNode } from '../node-program.ts';
import { foreignLookups } from './foreign-lookups.ts';
import { findNestBuildProblem } from './nest-build.ts';
import { slowExpressions } from './slow-expressions.ts';
import { productSources } from './sources.ts';
import { findBareTableNames } from './table-names.ts';
import { findBrokenWalks } from './walks.ts';

export interface Check {
  title: string;
  /** How to fix a failure. */
  remedy: string;
  /** @returns undefined when all is well, otherwise what is wrong */
  run(): Promise<string | undefined>;
}

const typecheck = (project: string): Check => ({
  title: `types fit in ${project}`,
  remedy: 'mend the types',
  run: () => command('typescript/bin/tsc', ['-p', project, '--noEmit', '--pretty', 'false']),
});

export const CHECKS: Check[] = [
  {
    title: 'code is formatted and has no lint warnings',
    remedy: 'npm run fix',
    run: () => command('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.']),
  },
  typecheck('tsconfig.json'),
  typecheck('tools/tsconfig.json'),
  typecheck('apps/web/tsconfig.json'),
  typecheck('libs/client/tsconfig.lib.json'),
  {
    title: 'no foreign name is looked up on a plain object, and no regular expression is slow',
    remedy:
      'use ownValue, a Map or Object.hasOwn; bound the expression, or say in slow-expressions.ts why its text is short',
    run: async () =>
      findings(productSources().flatMap((source) => [...foreignLookups(source), ...slowExpressions(source)])),
  },
  {
    title: 'imports follow the one-way rule',
    remedy: 'see the comment of the rule in .dependency-cruiser.cjs',
    run: () =>
      command('dependency-cruiser/bin/dependency-cruiser.mjs', [
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err-long',
        ...['apps', 'libs', 'test', 'bench', 'tools'].filter((folder) => existsSync(folder)),
      ]),
  },
  {
    title: 'statements name tables with their schema',
    remedy: 'ask tablesOf() of libs/persistence for the name',
    run: async () => findBareTableNames(),
  },
  {
    title: 'ARCHITECTURE.md walks through functions that are there and call each other',
    remedy: 'walk the way again, and write down what is there',
    run: async () => {
      const read = (path: string) => readFileSync(path, 'utf8');
      return findings(findBrokenWalks(read('ARCHITECTURE.md'), read));
    },
  },
  {
    title: 'there is no dead code and no unused or undeclared package',
    remedy: 'remove what nobody uses, or declare what is used',
    run: () => command('knip/bin/knip.js', ['--no-progress', '--treat-config-hints-as-errors']),
  },
  {
    title: 'generated GraphQL documents of the page match its components',
    remedy: 'npm run codegen',
    run: () => command('@graphql-codegen/cli/esm/bin.js', ['--config', 'codegen.ts', '--check', '--errors-only']),
  },
  {
    title: 'schema.graphql is what the api serves',
    remedy: 'npm run schema',
    run: findSchemaDrift,
  },
  {
    title: 'nest build makes both apps',
    remedy: 'mend nest-cli.json and the tsconfig.app.json of the app',
    run: () => findNestBuildProblem((args) => command('@nestjs/cli/bin/nest.js', args)),
  },
  {
    title: 'each package-lock.json names the platform packages of every system, and the hash of each package',
    remedy: 'npm run lockfile:complete',
    run: () => execute(['tools/complete-lockfile.mjs', '--check']),
  },
];

const findings = (lines: readonly string[]) => (lines.length > 0 ? lines.join('\n') : undefined);

async function findSchemaDrift(): Promise<string | undefined> {
  await build(() => undefined);
  return execute(['dist/apps/api/src/print-schema.js', '--check', 'schema.graphql']);
}

const command = (bin: string, args: string[]) => execute([`node_modules/${bin}`, ...args]);

async function execute(args: string[]): Promise<string | undefined> {
  const { ended, output } = runNode(args, { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' });
  const code = await ended;
  return code === 0 ? undefined : output().trim() || `exit code ${code}`;
}
