/** Prepares the home folder of one instance, or refuses it with an explanation. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Advice } from '../progress.mjs';

const CAUSES: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it lies on a file system that can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota of this user is used up',
  ENAMETOOLONG: 'its path is too long',
};

/** Creates the folder and what every start needs in it. Throws `Advice` when that is not possible. */
export function prepareHome(home: string): void {
  try {
    for (const folder of ['run', 'logs', 'data']) mkdirSync(join(home, folder), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw inWords(home, error);
  }
}

/**
 * Explains a system error about a file in the home folder, or about a full disk, to the person who started it.
 * @returns the same error when it is about something else
 */
export function inWords(home: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Advice || !('code' in error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const isBelow = path === home || path?.startsWith(join(home, '/')) === true;
  // A write that fails half-way names no file.
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  if (!isBelow && !isFull) return error;
  const cause = fileInTheWay(path ?? home) ?? CAUSES[code ?? ''] ?? error.message;
  return new Advice(
    `The folder ${home} cannot be used: ${cause}.\n` +
      `${path && path !== home ? `It was about ${path}.\n` : ''}` +
      'Mend that, or choose another folder:  HOLDFAST_HOME=/path/to/folder npm start',
  );
}

function fileInTheWay(path: string): string | undefined {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found) return found.isDirectory() ? undefined : `${at} is a file`;
  }
  return undefined;
}
