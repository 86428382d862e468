/** PgBouncer, which only the tests run: the system's binary, on a free loopback port, never the system's service. */
import { Advice } from '../progress.mjs';
import { canInstallWithApt, findProgram, installWithApt } from './apt.ts';

/** The path of `pgbouncer`; installs Debian's package if it is missing and that is possible. */
export async function ensurePgBouncer(tell: (note: string) => void): Promise<string> {
  let program = findInstalled();
  if (!program && canInstallWithApt()) {
    await installWithApt('pgbouncer', tell);
    program = findInstalled();
  }
  if (!program) {
    throw new Advice(
      'pgbouncer was not found on PATH. The suites behind a pooler need it:\n' +
        '  Debian, Ubuntu:  sudo apt-get install pgbouncer\n' +
        '  Fedora:          sudo dnf install pgbouncer\n' +
        '  macOS:           brew install pgbouncer',
    );
  }
  tell(program);
  return program;
}

/** Debian installs it outside the PATH of ordinary users. */
function findInstalled(): string | undefined {
  return findProgram('pgbouncer', '../sbin/pgbouncer');
}
