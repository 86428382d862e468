/**
 * Takes the lock or tells who holds it.
 * @param marker stands in the command line of every rightful owner, so that a reused process id is not taken for one
 * @returns the holder's process id, or undefined when the lock is now ours
 */
export function takeLock(file: string, marker: string): number | undefined;

export function releaseLock(file: string): void;

/** Runs `work` while holding the lock; waits for another holder, which is told through `tell`. */
export function withLock<T>(
  file: string,
  marker: string,
  tell: (note: string) => void,
  work: () => Promise<T>,
  options?: { askAfterMs?: number },
): Promise<T>;
