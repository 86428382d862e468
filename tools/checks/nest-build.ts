/**
 * Runs `nest build` as configured in nest-cli.json, into a separate folder: programs running from `dist/` must not be
 * overwritten.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

interface Project {
  type: string;
  root: string;
  entryFile: string;
  compilerOptions: { tsConfigPath: string };
}

/**
 * Builds every application of nest-cli.json.
 * @param nest runs the Nest CLI with these arguments; resolves with its output when it failed
 * @returns undefined when each has been built with its entry file, otherwise what went wrong
 */
export async function findNestBuildProblem(
  nest: (args: string[]) => Promise<string | undefined>,
): Promise<string | undefined> {
  const { projects } = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as { projects: Record<string, Project> };
  mkdirSync('.holdfast', { recursive: true });
  const folder = mkdtempSync(resolve('.holdfast', 'nest-build-'));
  try {
    for (const [name, project] of Object.entries(projects)) {
      if (project.type !== 'application') continue;
      const problem = await nest(['build', name, '--path', writeConfiguration(project, join(folder, name))]);
      const entry = join(folder, name, project.root, 'src', `${project.entryFile}.js`);
      if (problem || !existsSync(entry)) return `nest build ${name}: ${problem ?? `${entry} was not made`}`;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeConfiguration({ root, compilerOptions }: Project, outDir: string): string {
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, 'tsconfig.json');
  const configuration = {
    extends: resolve(compilerOptions.tsConfigPath),
    compilerOptions: { outDir, typeRoots: [resolve('node_modules/@types')] },
    include: [resolve(root, 'src/**/*.ts')],
    exclude: [resolve(root, '**/*spec.ts')],
  };
  writeFileSync(file, JSON.stringify(configuration));
  // Nest looks for it below the current folder, whatever the path.
  return relative(process.cwd(), file);
}
