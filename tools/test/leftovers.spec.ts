import { spawn } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from '../services/process-identity.ts';
import { killMarked, RUN_MARK } from './leftovers.ts';

const sleeper = (mark: string) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
    env: { ...process.env, [RUN_MARK]: mark },
    detached: true,
    stdio: 'ignore',
  });
  return child.pid ?? 0;
};

describe.runIf(process.platform === 'linux')('what a test run leaves behind', () => {
  it('is killed by its mark, and nothing else is', async () => {
    // Another run of these tests may be in progress on this machine.
    const mark = `/tmp/this-run-${process.pid}`;
    const [ours, theirs] = [sleeper(mark), sleeper(`${mark}-too`)];
    expect(killMarked(mark)).toEqual([expect.stringContaining('setInterval')]);
    await vi.waitFor(() => expect(commandLine(ours)).toBeUndefined(), { timeout: 30_000 });
    expect(commandLine(theirs)).toContain('setInterval');
    process.kill(theirs, 'SIGKILL');
  });
});
