import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = resolve('tools/complete-lockfile.mjs');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
const file = join(folder, 'package-lock.json');

/** Knows version 1.0.0 of every package, with a hash made from its name. */
const registry = createServer((request, response) => {
  const name = decodeURIComponent((request.url ?? '').slice(1));
  const dist = { integrity: hashOf(name), tarball: `http://registry/${name}.tgz` };
  const versions = { '1.0.0': { name, version: '1.0.0', dist } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions }));
});
const hashOf = (name: string) => `sha512-${createHash('sha512').update(name).digest('base64')}`;

async function run(...args: string[]): Promise<{ status: number | null; stderr: string }> {
  const { port } = registry.address() as AddressInfo;
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_cache: join(folder, 'cache'),
  };
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { status: status as number | null, stderr };
}

beforeAll(async () => {
  await once(registry.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

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
  it('reports missing platform packages without writing when it only checks', async () => {
    const before = readFileSync(file, 'utf8');
    const { status, stderr } = await run('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('lacks 2 platform packages');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('adds them with their systems, adds hashes where there are none, touches nothing else, and has nothing left to do', async () => {
    expect((await run()).status).toBe(0);
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, object> };
    expect(packages['node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.0.0',
      integrity: hashOf('@tool/darwin-arm64'),
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(packages['node_modules/@tool/win32-x64']).toMatchObject({ os: ['win32'], cpu: ['x64'] });
    expect(packages['node_modules/@tool/linux-x64-gnu']).toMatchObject({
      resolved: 'https://registry/linux.tgz',
      integrity: hashOf('@tool/linux-x64-gnu'),
    });
    expect(packages['node_modules/colours']).toBeUndefined();
    expect((await run('--check')).status).toBe(0);
  });
});
