/**
 * Checks whether a process id still belongs to a process of this project, and ends such processes. The system reuses ids,
 * so a process is signalled only after its command line was recognised.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, readPid } from './process-lookup.mjs';

export { commandLine, readPid };

/** Sends a signal; returns false when the process no longer exists. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Ends a process whose command line contains `marker`: gracefully first, with SIGKILL after `graceMs`.
 * @returns true when there was such a process
 */
export async function endIfOurs(
  pid: number,
  marker: string,
  polite: NodeJS.Signals,
  graceMs: number,
): Promise<boolean> {
  const isOurs = () => commandLine(pid)?.includes(marker) === true;
  if (!isOurs()) return false;
  signalProcess(pid, polite);
  const deadline = Date.now() + graceMs;
  while (isOurs()) {
    if (Date.now() > deadline) signalProcess(pid, 'SIGKILL');
    await sleep(50);
  }
  return true;
}
