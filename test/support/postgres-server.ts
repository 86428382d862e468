/** A Postgres for one suite, which restarts or crashes it. Acknowledged data is on disk, as in production. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../tools/services/postgres.ts';
import { ProcessGroup } from '../../tools/services/process-group.ts';
import { readPid } from '../../tools/services/process-identity.ts';
import { until } from './until.ts';

export class PostgresServer {
  readonly url: string;
  private readonly folder: string;
  private readonly group: ProcessGroup;

  private constructor(url: string, folder: string, group: ProcessGroup) {
    this.url = url;
    this.folder = folder;
    this.group = group;
  }

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'));
    // Postgres runs as a separate user.
    await chmod(folder, 0o755);
    const group = new ProcessGroup(folder, () => undefined);
    const url = await startPostgres({ group, password: randomUUID(), throwAway: false }, () => undefined);
    return new PostgresServer(url, folder, group);
  }

  /**
   * Ends the server and waits until it accepts connections again. `fast` closes its connections in order, `crash` drops
   * everything at once and recovers from its log.
   */
  async restart(how: 'fast' | 'crash'): Promise<void> {
    const pidFile = join(this.folder, 'run', 'postgres.pid');
    const before = readPid(pidFile);
    if (before === undefined) throw new Error('Postgres is not running.');
    process.kill(before, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    // The group restarts it by itself, on the same port.
    await until(async () => readPid(pidFile) !== before && (await this.answers()), 'Postgres is back');
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }

  async drop(): Promise<void> {
    await this.group.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
