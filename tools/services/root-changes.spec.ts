import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rootNotice } from './root-changes.ts';

const all = { postgres: true, redis: true, chromium: true };
let bin: string;

function program(name: string, script = 'exit 0'): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** A machine that has only these users. */
function users(...names: string[]): void {
  program('id', `case "$2" in ${names.join('|') || 'nobody-at-all'}) echo 101;; *) exit 1;; esac`);
}

describe('a start as root', () => {
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
    vi.stubEnv('PATH', bin);
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    program('apt-get');
    users();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(bin, { recursive: true });
  });

  it('says what it will install and whom it will create, and how to avoid each', () => {
    const notice = rootNotice(all);
    expect(notice).toMatch(/install the package redis-server[\s\S]*HOLDFAST_REDIS_URL/);
    expect(notice).toMatch(/install the package chromium[\s\S]*HOLDFAST_TEST_CHROMIUM/);
    expect(notice).toMatch(/create the system user "postgres"[\s\S]*HOLDFAST_DATABASE_URL/);
    expect(notice).toContain('a user who is not root');
  });

  it('says so of Redis too where Postgres is somebody else’s', () => {
    program('redis-server');
    const notice = rootNotice({ postgres: false, redis: true, chromium: false });
    expect(notice).toContain('create the system user "redis"');
    expect(notice).not.toMatch(/install|postgres"/);
  });

  it('says nothing where all is there', () => {
    for (const name of ['redis-server', 'chromium']) program(name);
    users('postgres');
    expect(rootNotice(all)).toBeUndefined();
  });

  it('says nothing where nothing is needed', () => {
    expect(rootNotice({ postgres: false, redis: false, chromium: false })).toBeUndefined();
  });

  it('says nothing as another user, for whom nothing is changed', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(rootNotice(all)).toBeUndefined();
  });
});
