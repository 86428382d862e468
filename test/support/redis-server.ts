/** A Redis for one suite, which kills, pauses or empties it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../tools/services/ports.ts';
import { until } from './until.ts';

type Kind = 'plain' | 'tls' | 'sentinel';

export class RedisServer {
  readonly port: number;
  readonly password: string;
  private readonly settings: readonly string[];
  private readonly kind: Kind;
  private readonly folder: string;
  private child: ChildProcess | null = null;

  private constructor(kind: Kind, port: number, folder: string, settings: readonly string[], password: string) {
    this.kind = kind;
    this.settings = settings;
    this.password = password;
    this.port = port;
    this.folder = folder;
  }

  /** @param settings further command-line options; use the same `password` for servers that belong together */
  static start(settings: readonly string[] = [], password: string = randomUUID()): Promise<RedisServer> {
    return RedisServer.startKind('plain', settings, password);
  }

  /** A server that speaks TLS only. */
  static startTls(settings: readonly string[]): Promise<RedisServer> {
    return RedisServer.startKind('tls', settings, randomUUID());
  }

  /** @param settings lines of its configuration file, which the sentinel rewrites */
  static startSentinel(settings: readonly string[]): Promise<RedisServer> {
    return RedisServer.startKind('sentinel', settings, randomUUID());
  }

  private static async startKind(kind: Kind, settings: readonly string[], password: string): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
    const server = new RedisServer(kind, await freePort(), folder, settings, password);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/0`;
  }

  async start(): Promise<void> {
    const child = spawn('redis-server', await this.commandLine(), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const ready = this.kind === 'sentinel' ? '+monitor master' : 'Ready to accept connections';
    await until(() => output.includes(ready), 'Redis accepts connections');
  }

  private async commandLine(): Promise<string[]> {
    const port = String(this.port);
    const place = this.kind === 'tls' ? ['--port', '0', '--tls-port', port] : ['--port', port];
    // With a process title of its own, Redis would hide the environment by which the test runner finds leftovers.
    const common = [...place, '--bind', '127.0.0.1', '--dir', this.folder, '--set-proc-title', 'no'];
    const login = ['--requirepass', this.password];
    if (this.kind === 'sentinel') {
      const file = join(this.folder, 'sentinel.conf');
      await writeFile(file, [...this.settings, ''].join('\n'));
      return [file, '--sentinel', ...common, ...login];
    }
    const durability = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];
    return [...common, ...login, ...durability, ...this.settings];
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Removes the last bytes of the append-only file of a stopped server. Returns its original size. */
  async truncateLog(bytes: number): Promise<number> {
    const folder = join(this.folder, 'appendonlydir');
    const name = (await readdir(folder)).find((file) => file.endsWith('.incr.aof'));
    if (!name) throw new Error('Redis has no append-only file.');
    const { size } = await stat(join(folder, name));
    await truncate(join(folder, name), Math.max(0, size - bytes));
    return size;
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}
