/**
 * What a step is told while it runs.
 */

/** What a step's function may use. */
export interface StepExecution {
  /** Fires when the run is stopped, handed back or fenced. */
  signal: AbortSignal;
  /** 1 for the first try of this step. */
  attempt: number;
}
