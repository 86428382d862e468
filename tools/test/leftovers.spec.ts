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
    const [ours, theirs] = [sleeper('/tmp/this-run'), sleeper('/tmp/this-run-too')];
    await vi.waitFor(() => expect([ours, theirs].map(commandLine)).not.toContain(undefined));
    const killed = await vi.waitFor(() => {
      const commands = killMarked('/tmp/this-run');
      expect(commands).toHaveLength(1);
      return commands;
    });
    expect(killed[0]).toContain('setInterval');
    await vi.waitFor(() => expect(commandLine(ours)).toBeUndefined());
    expect(commandLine(theirs)).toContain('setInterval');
    process.kill(theirs, 'SIGKILL');
  });
});
