/**
 * The processes of one home folder: starts them in order, stops them in reverse, and cleans up after a group that was
 * killed before it could do so. Uses `<home>/run` and `<home>/logs`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ManagedProcess, type ProcessSpec } from './managed-process.ts';
import { endIfOurs, readPid } from './process-identity.ts';

/** In the order in which they must stop. */
const NAMES = ['page', 'compiler', 'worker', 'api', 'simulator', 'redis', 'postgres'] as const;
export type ProcessName = (typeof NAMES)[number];

const STALE_GRACE_MS = 10_000;

export type GroupProcess = Omit<ProcessSpec, 'logFile' | 'pidFile' | 'name'> & { name: ProcessName };

export class ProcessGroup {
  readonly home: string;
  private readonly processes = new Map<ProcessName, ManagedProcess>();
  private readonly report: (message: string) => void;
  private closing = false;

  constructor(home: string, report: (message: string) => void) {
    this.home = home;
    this.report = report;
    // Others may pass through, because Postgres runs as its own user; the contents are closed to them.
    for (const folder of ['run', 'logs', 'data']) mkdirSync(join(home, folder), { recursive: true, mode: 0o755 });
  }

  /**
   * Stops processes that an earlier group of this home left behind. They are recognised by their pid file and by the home's
   * path, which is in the command line of everything that a group starts.
   * @returns the names of those found
   */
  async endStale(): Promise<ProcessName[]> {
    const found: ProcessName[] = [];
    for (const name of NAMES) {
      const pidFile = join(this.home, 'run', `${name}.pid`);
      const pid = readPid(pidFile);
      // SIGINT is Postgres's fast shutdown; SIGTERM would wait for its clients.
      const polite = name === 'postgres' ? 'SIGINT' : 'SIGTERM';
      if (pid !== undefined && (await endIfOurs(pid, this.home, polite, STALE_GRACE_MS))) found.push(name);
      rmSync(pidFile, { force: true });
    }
    return found;
  }

  /** Starts a process and resolves when it is ready; from then on it is restarted whenever it ends. */
  async start(process: GroupProcess): Promise<ManagedProcess> {
    const managed = new ManagedProcess(
      {
        ...process,
        logFile: join(this.home, 'logs', `${process.name}.log`),
        pidFile: join(this.home, 'run', `${process.name}.pid`),
      },
      this.report,
    );
    if (this.closing) throw new Error('The process group is closing.');
    this.processes.set(process.name, managed);
    try {
      await managed.start();
    } catch (error) {
      await managed.stop();
      throw error;
    }
    return managed;
  }

  /** Stops everything in order: processes that write first, those that store last. */
  async stop(): Promise<void> {
    this.closing = true;
    for (const name of NAMES) await this.processes.get(name)?.stop();
  }

  /** Kills everything at once. Stored data survives this as it survives a power cut. */
  killAll(): void {
    this.closing = true;
    for (const managed of this.processes.values()) managed.kill();
  }
}

/** Added to the command line of every Node process of a group, so that a later start can recognise it. */
export function homeArgument(home: string): string {
  return `--holdfast-home=${home}`;
}
