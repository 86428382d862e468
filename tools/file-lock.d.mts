/**
 * Takes the lock, or returns its holder.
 * @param marker a part of every rightful owner's command line, so that a reused process id is not mistaken for an owner
 * @returns the holder's process id, or undefined when this process now has the lock
 */
export function takeLock(file: string, marker: string): number | undefined;

export function releaseLock(file: string): void;

/** Runs `work` while holding the lock; waits for another holder and reports that through `tell`. */
export function withLock<T>(
  file: string,
  marker: string,
  tell: (note: string) => void,
  work: () => Promise<T>,
  options?: { askAfterMs?: number },
): Promise<T>;
