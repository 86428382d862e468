/**
 * Tells whether a process id still belongs to a process of ours, and ends such processes.
 * Ids are reused by the system, so nothing is ever signalled that was not recognised by its command line first.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The command line of a live process, its arguments joined by blanks; undefined when there is none (or only a zombie). */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() || undefined;
    }
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined; // Gone between the question and the answer, which is an answer too.
  }
}

/** The process id in a pid file (its first line), or undefined when the file is absent or holds none. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined; // No file: no process.
  }
}

/** Sends a signal; false when the process is gone already. */
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
 * Ends a process whose command line contains `marker`, politely first and with SIGKILL after `graceMs`.
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
