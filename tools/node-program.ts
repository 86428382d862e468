/** Runs a Node program as a child process and collects its output instead of showing it. It does not outlive this process. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface NodeProgram {
  child: ChildProcess;
  /** Everything printed so far, on both outputs. */
  output(): string;
  /** The exit code, `null` when a signal ended it. Rejects when the program cannot be run. */
  ended: Promise<number | null>;
}

export function runNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): NodeProgram {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithUs = () => child.kill();
  process.once('exit', endWithUs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('exit', endWithUs);
      resolve(code);
    });
  });
  return { child, output: () => output, ended };
}
