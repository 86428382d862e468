/**
 * A Redis of a suite's own, for suites that kill, pause or empty it. Owns its folder and its process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../tools/services/ports.ts';
import { until } from './until.ts';

export class RedisServer {
  readonly port: number;
  private readonly password = randomUUID();
  private readonly folder: string;
  private child: ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'holdfast-redis-')));
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/0`;
  }

  async start(): Promise<void> {
    // With a title of its own it would hide the environment by which the test runner finds what is left behind.
    const settings = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.folder,
      '--set-proc-title',
      'no',
      '--requirepass',
      this.password,
    ];
    const durability = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];
    const child = spawn('redis-server', [...settings, ...durability], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await until(() => output.includes('Ready to accept connections'), 'Redis accepts connections');
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Takes the last bytes off the append-only file of a server that is down. Returns how many it had. */
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
