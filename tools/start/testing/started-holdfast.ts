/** `npm start` as a person runs it, for the suites that look at it from outside. Owns its output and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { vi } from 'vitest';

export interface StartedHoldfast {
  child: ChildProcess;
  /** All that it has printed until now. */
  output(): string;
  /** Its exit code. */
  ended: Promise<number | null>;
}

/** Nothing of this process's own settings reaches it but these. */
export function npmStart(env: Record<string, string>): StartedHoldfast {
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'start'], {
    env: { PATH: process.env.PATH, HOLDFAST_TEST_RUN: process.env.HOLDFAST_TEST_RUN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (bytes: Buffer) => {
    output += bytes;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output: () => output, ended };
}

/** Resolves once the address is announced; rejects with the output when the start ends before. */
export async function running(started: StartedHoldfast, port: number): Promise<void> {
  const announced = vi.waitFor(
    () => {
      if (!started.output().includes(`Holdfast is running:  http://127.0.0.1:${port}/`))
        throw new Error(started.output());
    },
    { timeout: 120_000, interval: 100 },
  );
  const failed = started.ended.then(() => {
    throw new Error(`npm start ended:\n${started.output()}`);
  });
  await Promise.race([announced, failed]);
}
