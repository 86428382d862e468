import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const program = resolve('tools/complete-lockfile.mjs');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
const file = join(folder, 'package-lock.json');
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' });

writeFileSync(
  file,
  JSON.stringify({
    packages: {
      '': { name: 'sample' },
      'node_modules/tool': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: {
          '@tool/linux-x64-gnu': '1.0.0',
          '@tool/darwin-arm64': '1.0.0',
          '@tool/win32-x64': '1.0.0',
          colours: '^1.0.0',
        },
      },
      'node_modules/@tool/linux-x64-gnu': { version: '1.0.0', resolved: 'https://registry/linux.tgz', optional: true },
    },
  }),
);

describe('completing the lockfile', () => {
  it('reports missing platform packages without writing when it only checks', () => {
    const before = readFileSync(file, 'utf8');
    const { status, stderr } = run('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('lacks 2 platform packages');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('adds them with their systems, touches nothing that is there, and has nothing left to do', () => {
    expect(run().status).toBe(0);
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, object> };
    expect(packages['node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.0.0',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(packages['node_modules/@tool/win32-x64']).toMatchObject({ os: ['win32'], cpu: ['x64'] });
    expect(packages['node_modules/@tool/linux-x64-gnu']).toMatchObject({ resolved: 'https://registry/linux.tgz' });
    expect(packages['node_modules/colours']).toBeUndefined();
    expect(run('--check').status).toBe(0);
  });
});
