/**
 * What a step is told while it runs.
 */

import type { StepId } from '#libs/contracts';

/** What a step's function may use. */
export interface StepExecution {
  stepId: StepId;
  /** Fires when the run is stopped, handed back or fenced. */
  signal: AbortSignal;
  /** 1 for the first try of this step, counting those whose worker was lost or handed the run back. */
  attempt: number;
  /** How many tries before this one failed by an error. They alone use up the retries of the step. */
  failedTries: number;
  /** The time by the store's clock. The clocks of workers differ, and another one may go on with the run. */
  now(): Promise<Date>;
}
