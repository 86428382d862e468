/** Runs `npm start` as a person does, for suites that test it from outside. */
import { vi } from 'vitest';
import { type NodeProgram, runNode } from '../../node-program.ts';

/** It inherits only these of this process's settings. */
export function npmStart(env: Record<string, string>): NodeProgram {
  const { PATH, HOLDFAST_TEST_RUN } = process.env;
  return runNode(['tools/bootstrap.mjs', 'start'], { PATH, HOLDFAST_TEST_RUN, ...env });
}

/** Resolves once the address is announced; rejects with the output when the start ends before. */
export async function running(started: NodeProgram, port: number): Promise<void> {
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
