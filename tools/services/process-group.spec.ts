import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { homeArgument, ProcessGroup } from './process-group.ts';
import { commandLine } from './process-identity.ts';

const children: ChildProcess[] = [];

function sleeper(home: string): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', '--', homeArgument(home)], {
    stdio: 'ignore',
  });
  children.push(child);
  return child.pid ?? 0;
}

function groupWith(name: string, pid: (home: string) => number) {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-group-'));
  const group = new ProcessGroup(home, () => undefined);
  const pidFile = join(home, 'run', `${name}.pid`);
  const id = pid(home);
  writeFileSync(pidFile, `${id}\n`);
  return { group, pidFile, id };
}

describe('what an interrupted run left behind', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('is ended when it belongs to this home', async () => {
    const { group, pidFile, id } = groupWith('worker', sleeper);
    await vi.waitFor(() => expect(commandLine(id)).toContain('--holdfast-home'));
    expect(await group.endStale()).toEqual(['worker']);
    expect(commandLine(id)).toBeUndefined();
    expect(existsSync(pidFile)).toBe(false);
  });

  it('is left alone when its process id now belongs to somebody else', async () => {
    const { group, id } = groupWith('worker', () => sleeper('/another/home'));
    await vi.waitFor(() => expect(commandLine(id)).toContain('/another/home'));
    expect(await group.endStale()).toEqual([]);
    expect(commandLine(id)).toContain('/another/home');
    rmSync(group.home, { recursive: true });
  });
});
