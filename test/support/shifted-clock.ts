/** Processes with a shifted clock, or one that jumps while they run. The operating system's clock is unchanged. */
import { resolve } from 'node:path';
import type { ManagedProcess } from './managed-process.ts';
import { until } from './until.ts';

export const HOUR_MS = 3_600_000;

/** Environment of a process whose clock is shifted by `ms`, and by a further `jumpMs` after `jump`. */
export function shiftedClock(ms: number, jumpMs = 0): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${resolve('test/support/shifted-clock.mjs')}`,
    HOLDFAST_TEST_CLOCK_MS: String(ms),
    HOLDFAST_TEST_CLOCK_JUMP_MS: String(jumpMs),
  };
}

/** Makes the clock of a process started with `shiftedClock` jump, and waits until it has. */
export async function jump(process: ManagedProcess): Promise<void> {
  process.signal('SIGUSR2');
  await until(() => process.output.includes('the clock was set'), 'the clock of a process is set');
}
