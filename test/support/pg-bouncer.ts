/**
 * A PgBouncer in transaction mode in front of a database. It has fewer sessions than the apps have connections, and no
 * support for prepared statements: session state set by one client reaches another client's work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../tools/services/ports.ts';
import { findUnprivilegedUser } from '../../tools/services/unprivileged-user.ts';
import { roleUrls } from './test-services.ts';
import { until } from './until.ts';

const SESSIONS = 6;

export class PgBouncer {
  private readonly folder: string;
  private readonly child: ChildProcess;
  /** The URL of the database through it. */
  readonly url: string;

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url;
    this.folder = folder;
    this.child = child;
  }

  static async start(databaseUrl: string): Promise<PgBouncer> {
    const program = process.env.HOLDFAST_TEST_PGBOUNCER;
    if (!program) throw new Error('HOLDFAST_TEST_PGBOUNCER is not set. Run the tests with `npm test`.');
    const target = new URL(databaseUrl);
    const database = target.pathname.slice(1);
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-pgbouncer-'));
    const file = join(folder, 'pgbouncer.ini');
    const server = `host=${target.hostname} port=${target.port}`;
    const users = Object.values(roleUrls(databaseUrl)).map((url) => new URL(url));
    await writeFile(
      join(folder, 'users.txt'),
      users.map((user) => `"${user.username}" "${decodeURIComponent(user.password)}"\n`).join(''),
    );
    const settings = {
      listen_addr: '127.0.0.1',
      listen_port: String(port),
      unix_socket_dir: '',
      auth_type: 'scram-sha-256',
      auth_file: join(folder, 'users.txt'),
      pool_mode: 'transaction',
      default_pool_size: String(SESSIONS),
      max_client_conn: '500',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    await writeFile(
      file,
      `[databases]\n${database} = ${server} dbname=${database}\n[pgbouncer]\n${lines.join('\n')}\n`,
    );
    // PgBouncer does not run as root.
    await chmod(folder, 0o755);
    const runAs = findUnprivilegedUser(['postgres'], program, folder);
    if (!runAs) throw new Error('No user was found that PgBouncer can run as.');
    const { command, args, user } = runAs.wrap(program, [file]);
    const child = spawn(command, args, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
    await until(() => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${output}`);
      return output.includes('process up');
    }, 'PgBouncer accepts connections');
    const url = new URL(databaseUrl);
    url.port = String(port);
    return new PgBouncer(url.href, folder, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGQUIT');
      await once(this.child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
