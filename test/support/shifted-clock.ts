/** Processes whose clock is off, or is set while they run. What the operating system's clock says does not change. */
import { resolve } from 'node:path';
import type { ManagedProcess } from './managed-process.ts';
import { until } from './until.ts';

export const HOUR_MS = 3_600_000;

/** Environment of a process whose clock is off by so much, and by `jumpMs` more after `jump`. */
export function shiftedClock(ms: number, jumpMs = 0): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${resolve('test/support/shifted-clock.mjs')}`,
    HOLDFAST_TEST_CLOCK_MS: String(ms),
    HOLDFAST_TEST_CLOCK_JUMP_MS: String(jumpMs),
  };
}

/** Sets the clock of a process that was started with `shiftedClock`, and waits until it is set. */
export async function jump(process: ManagedProcess): Promise<void> {
  process.signal('SIGUSR2');
  await until(() => process.output.includes('the clock was set'), 'the clock of a process is set');
}
