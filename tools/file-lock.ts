/** Locks between processes: a file that holds its owner's process id. A lock whose owner is gone counts as free. */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, readPid } from './services/process-identity.ts';

/**
 * Takes the lock or tells who holds it.
 * @param marker stands in the command line of every rightful owner, so that a reused process id is not taken for one
 * @returns the holder's process id, or undefined when the lock is now ours
 */
export function takeLock(file: string, marker: string): number | undefined {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, `${process.pid}\n`);
      closeSync(handle);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readPid(file);
    if (holder !== undefined && holder !== process.pid && commandLine(holder)?.includes(marker)) return holder;
    rmSync(file, { force: true });
  }
}

export function releaseLock(file: string): void {
  rmSync(file, { force: true });
}

/** Runs `work` while holding the lock; waits for another holder, which is told through `tell`. */
export async function withLock<T>(
  file: string,
  marker: string,
  tell: (note: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  for (let holder = takeLock(file, marker); holder !== undefined; holder = takeLock(file, marker)) {
    tell(`waiting for process ${holder}`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    releaseLock(file);
  }
}
