/** One process of the system under test. It never outlives the suite. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProcessOptions {
  name: string;
  /** Path of the built entry point. */
  entry: string;
  environment: Record<string, string>;
  /** Resolves when the process can be used; by default when it sends `ready`. */
  startupMs?: number;
}

const maxOutputChars = 400_000;

export class ManagedProcess {
  private readonly options: ProcessOptions;
  private child: ChildProcess | null = null;
  private exit: Promise<unknown> = Promise.resolve();
  private collected = '';

  constructor(options: ProcessOptions) {
    this.options = options;
  }

  /** Another process like this one, with another name; not started yet. `environment` is added. */
  sibling(name: string, environment: Record<string, string>): ManagedProcess {
    return new ManagedProcess({ ...this.options, name, environment: { ...this.options.environment, ...environment } });
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything printed, newest last. */
  get output(): string {
    return this.collected;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.options.entry], {
      env: { PATH: process.env.PATH ?? '', ...markOfRun(), ...this.options.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.exit = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.collected = (this.collected + text).slice(-maxOutputChars);
      });
    }
    const ready = new Promise<void>((resolve) => child.on('message', (message) => message === 'ready' && resolve()));
    const timeout = AbortSignal.timeout(this.options.startupMs ?? 90_000);
    const failed = new Promise<never>((_, reject) => {
      child.once('exit', (code) => reject(this.failure(`ended with code ${code} before it was ready`)));
      timeout.addEventListener('abort', () => reject(this.failure('was not ready in time')));
    });
    await Promise.race([ready, failed]);
    failed.catch(() => undefined);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Stops it in the middle of its work, as a hypervisor or a long garbage collection would. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Sends the signal and waits for the process to end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running) return;
    this.child?.kill(signal);
    await this.exit;
  }

  /** Stops it gracefully, or by force when it does not end in time. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const force = setTimeout(() => this.child?.kill('SIGKILL'), 15_000);
    this.resume();
    this.child?.kill('SIGTERM');
    await this.exit;
    clearTimeout(force);
  }

  private failure(what: string): Error {
    return new Error(`${this.options.name} ${what}:\n${this.collected.slice(-4_000)}`);
  }
}

/** Lets the test runner find what a killed suite has left behind. Nothing else of the environment is passed on. */
function markOfRun(): Record<string, string> {
  const mark = process.env.HOLDFAST_TEST_RUN;
  return mark === undefined ? {} : { HOLDFAST_TEST_RUN: mark };
}
