/**
 * Runs a program of this folder in a separate process, so that its CPU time is counted separately, and passes calls between
 * both sides. A forked program ends with the process that forked it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Call {
  id: number;
  name: string;
  input: unknown;
}

interface Reply {
  id: number;
  output?: unknown;
  error?: string;
}

export class ForkedProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve(output: unknown): void; reject(error: Error): void }>();
  private nextId = 1;

  /** `file` is the name of a program beside this one. */
  constructor(file: string) {
    this.child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
    });
    this.child.on('message', (message) => {
      const { id, output, error } = message as Reply;
      const caller = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) caller?.resolve(output);
      else caller?.reject(new Error(`${file}: ${error}`));
    });
    this.child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${file} ended (${code ?? signal})`));
      this.waiting.clear();
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  call<T>(name: string, input: unknown = null): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { resolve: resolve as (output: unknown) => void, reject });
      this.child.send({ id, name, input } satisfies Call);
    });
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.waiting.clear();
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

/** The side of the forked program: answers calls by name, and exits when its parent has gone. */
export function answerCalls(handlers: Record<string, (input: never) => unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    const { id, name, input } = message as Call;
    const reply: Reply = { id };
    try {
      const handler = handlers[name];
      if (!handler) throw new Error(`There is no ${name}`);
      reply.output = await handler(input as never);
    } catch (error) {
      reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    process.send?.(reply);
  });
}
