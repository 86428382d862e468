/** Ways to keep a machine or a process busy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** Environment of a process whose event loop is blocked for this long when it receives SIGUSR2. */
export function blockedLoop(ms: number): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${resolve('test/support/blocked-loop.mjs')}`,
    HOLDFAST_TEST_BLOCK_MS: String(ms),
  };
}

/** Processes that only use up a core, until they are stopped. */
export class BusyLoops {
  private readonly loops: ChildProcess[];

  constructor(count: number) {
    this.loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  }

  async end(): Promise<void> {
    const ended = this.loops.map((loop) => once(loop, 'exit'));
    for (const loop of this.loops) loop.kill('SIGKILL');
    await Promise.all(ended);
  }
}
