/**
 * Creates the folder that is published as `@holdfast/client`: the library bundled with the contracts that it uses, its
 * types, and accompanying files. Publishes nothing.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { build } from 'vite';
import { runNode } from '../node-program.ts';
import { Advice } from '../progress.mjs';

const LIBRARY = 'libs/client';

/** Fills `folder`, which is emptied first. Works in the current folder, the project's root. */
export async function makeClientPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['holdfast-source'] },
    build: {
      outDir: resolve(folder),
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      sourcemap: true,
      lib: {
        entry: { index: join(LIBRARY, 'src/index.ts'), react: join(LIBRARY, 'src/react.ts') },
        formats: ['es'],
        fileName: (_format, entry) => `${entry}.js`,
      },
      rolldownOptions: {
        // Packages stay imports, resolved where this one is installed.
        external: (id) => !id.startsWith('.') && !isAbsolute(id),
        treeshake: { moduleSideEffects: false },
      },
    },
  });
  await emitTypes(resolve(folder, 'types'));
  for (const file of ['package.json', 'README.md']) cpSync(join(LIBRARY, file), join(folder, file));
  cpSync('LICENSE', join(folder, 'LICENSE'));
}

async function emitTypes(outDir: string): Promise<void> {
  const args = ['-p', join(LIBRARY, 'tsconfig.package.json'), '--outDir', outDir, '--pretty', 'false'];
  const { ended, output } = runNode(['node_modules/typescript/bin/tsc', ...args]);
  if ((await ended) !== 0) throw new Advice(`The types of ${LIBRARY} could not be made:\n\n${output()}`);
}
