import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseLock, takeLock, withLock } from './file-lock.ts';

const file = join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'sample.lock');

describe('a lock file', () => {
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
});
