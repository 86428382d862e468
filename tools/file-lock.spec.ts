import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { releaseLock, takeLock, withLock } from './file-lock.mjs';

/**
 * Takes and releases the lock repeatedly, half of the time by dying in it, simulated by a dead process id. While inside, it
 * creates a file that must not exist yet: exit code 3 means that another process was inside too.
 */
const CONTENDER = `
const [lock, file, rounds] = process.argv.slice(1);
const { closeSync, openSync, rmSync, writeFileSync } = await import('node:fs');
const { releaseLock, takeLock } = await import(lock);
for (let round = 0; round < Number(rounds); round += 1) {
  while (takeLock(file, 'node') !== undefined);
  try {
    closeSync(openSync(file + '.inside', 'wx'));
  } catch {
    process.exit(3);
  }
  rmSync(file + '.inside');
  if (round % 2 && round + 1 < rounds) writeFileSync(file, '999999999\\n');
  else releaseLock(file);
}
`;

function contend(rounds: number): Promise<number | null> {
  const lock = pathToFileURL('tools/file-lock.mjs').href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', CONTENDER, lock, file, String(rounds)]);
  return new Promise((resolve) => child.on('close', resolve));
}

const file = join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'sample.lock');

describe('a lock file', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells who holds it, as long as that process lives and is one of ours', () => {
    writeFileSync(file, `${process.ppid}\n`);
    expect(takeLock(file, 'node')).toBe(process.ppid);
    expect(takeLock(file, 'another program')).toBeUndefined();
    releaseLock(file);
  });

  it('is free when its owner is gone', () => {
    writeFileSync(file, '999999999\n');
    expect(takeLock(file, 'node')).toBeUndefined();
    releaseLock(file);
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(
      file,
      'node',
      () => undefined,
      () => Promise.reject(new Error('broken')),
    );
    await expect(failing).rejects.toThrow('broken');
    expect(existsSync(file)).toBe(false);
  });

  it('has one holder at a time, also when many find it stale at once', async () => {
    const exits = await Promise.all(Array.from({ length: 4 }, () => contend(400)));
    expect(exits).toEqual([0, 0, 0, 0]);
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  it('names its file to whoever has waited long', async () => {
    writeFileSync(file, `${process.ppid}\n`);
    vi.useFakeTimers({ toFake: ['Date'] });
    const told: string[] = [];
    const tell = (note: string) => {
      told.push(note);
      vi.setSystemTime(Date.now() + 100);
      if (told.length === 2) rmSync(file);
    };
    await withLock(file, 'node', tell, async () => undefined, { askAfterMs: 100 });
    expect(told[0]).toBe(`waiting for process ${process.ppid}`);
    expect(told[1]).toContain(`remove ${file}`);
  });
});
