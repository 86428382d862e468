/** PgBouncer, which only the tests run: the system's binary, on a free loopback port, never the system's service. */
import { ensureProgram, findProgram } from './apt.ts';

/** The path of `pgbouncer`; installs Debian's package if it is missing and that is possible. */
export function ensurePgBouncer(tell: (note: string) => void): Promise<string> {
  const advice =
    'pgbouncer was not found on PATH. The suites behind a pooler need it:\n' +
    '  Debian, Ubuntu:  sudo apt-get install pgbouncer\n' +
    '  Fedora:          sudo dnf install pgbouncer\n' +
    '  macOS:           brew install pgbouncer';
  return ensureProgram('pgbouncer', findInstalled, advice, tell);
}

/** Debian installs it outside the PATH of ordinary users. */
function findInstalled(): string | undefined {
  return findProgram('pgbouncer', '../sbin/pgbouncer');
}
