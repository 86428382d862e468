/** The files that a guide shows, put where they can be imported. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Below the repository, so that `#libs/…` resolves; below `dist`, so that no check reads it. */
const extracted = 'dist/guides';

/** Writes every block of the guide that names a file into a folder of its own, which whoever asks removes. */
export async function writeGuideFiles(guide: string): Promise<string> {
  const text = await readFile(guide, 'utf8');
  await mkdir(extracted, { recursive: true });
  const folder = await mkdtemp(join(extracted, 'run-'));
  for (const [, name = '', code = ''] of text.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gmu)) {
    await writeFile(join(folder, name), code.replaceAll(/(from '\.\/[^']+)\.js'/g, "$1.ts'"));
  }
  return resolve(folder);
}
