import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runNode } from './node-program.ts';
import { commandLine, readPid } from './services/process-identity.ts';

/** A clone in which nothing is installed, and a slow npm. */
const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-bootstrap-')));
const lock = join(root, '.holdfast', 'install.lock');
const npmPid = join(root, 'npm.pid');
const PROGRAMS = ['bootstrap.mjs', 'progress.mjs', 'file-lock.mjs', 'services/process-lookup.mjs'];

function start() {
  const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
  return runNode([join(root, 'tools/bootstrap.mjs'), 'start'], { PATH: path });
}

async function installing(): Promise<number> {
  return vi.waitFor(
    () => {
      // The file exists a moment before it contains the number.
      const pid = readPid(npmPid);
      if (pid === undefined) throw new Error('npm has not begun.');
      return pid;
    },
    { timeout: 30_000 },
  );
}

function owner(child: ChildProcess): string {
  return `${child.pid}\n`;
}

describe('the first start', () => {
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    for (const file of PROGRAMS) cpSync(join('tools', file), join(root, 'tools', file));
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'package-lock.json'), '{"packages":{}}');
    writeFileSync(join(root, 'bin', 'npm'), `#!/bin/sh\necho $$ > '${npmPid}'\nexec sleep 60\n`, { mode: 0o755 });
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(['SIGINT', 'SIGTERM'] as const)('ends npm and gives its lock back on %s', async (signal) => {
    const { child, ended, output } = start();
    const npm = await installing();
    expect(readFileSync(lock, 'utf8')).toBe(owner(child));
    child.kill(signal);
    expect(await ended).toBe(1);
    expect(output()).toContain('The installation was interrupted. Start again to finish it.');
    expect(existsSync(lock)).toBe(false);
    expect(commandLine(npm)).toBeUndefined();
  });

  it('takes over the lock of one that was killed, also when its process id has a new owner', async () => {
    mkdirSync(join(root, '.holdfast'));
    writeFileSync(lock, `${process.pid}\n`);
    const { child, ended } = start();
    await installing();
    expect(readFileSync(lock, 'utf8')).toBe(owner(child));
    child.kill('SIGINT');
    await ended;
  });

  it('waits for another one that is installing', async () => {
    const first = start();
    await installing();
    rmSync(npmPid);
    const second = start();
    const tookOver = vi.waitFor(() => expect(readFileSync(lock, 'utf8')).toBe(owner(second.child)), {
      timeout: 30_000,
      interval: 20,
    });
    expect(existsSync(npmPid)).toBe(false);
    first.child.kill('SIGINT');
    await first.ended;
    await tookOver;
    await installing();
    second.child.kill('SIGINT');
    await second.ended;
  });
});
