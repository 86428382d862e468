/** Finds what a test run left behind: processes that it started, and folders of killed runs. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessGroup } from '../services/process-group.ts';
import { commandLine, readPid, signalProcess } from '../services/process-identity.ts';

/** Set to the run's home folder in every process of a run, so that its processes can be recognised. */
export const RUN_MARK = 'HOLDFAST_TEST_RUN';
export const TEST_HOME_PREFIX = 'holdfast-test-';

/**
 * Kills every process with this run's mark in its environment (Linux; elsewhere the suites must clean up themselves).
 * @returns their command lines, to be shown: a suite that leaves processes behind has a defect
 */
export function killMarked(home: string): string[] {
  if (process.platform !== 'linux') return [];
  const killed: string[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!pid || pid === process.pid || !environmentOf(pid).includes(`${RUN_MARK}=${home}`)) continue;
    const command = commandLine(pid);
    if (command && signalProcess(pid, 'SIGKILL')) killed.push(command);
  }
  return killed;
}

/** Stops the servers and removes the folders of test runs that were killed before they could clean up. */
export async function sweepDeadRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(TEST_HOME_PREFIX)) continue;
    const home = join(tmpdir(), name);
    const owner = readPid(join(home, 'owner.pid'));
    if (owner === undefined || commandLine(owner)?.includes('tools/test/main.ts')) continue;
    killMarked(home);
    await new ProcessGroup(home, () => undefined).endStale();
    rmSync(home, { recursive: true, force: true });
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // Ended meanwhile, or another user's.
  }
}
