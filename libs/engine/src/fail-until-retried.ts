/**
 * Limits that a person may lift by retrying the run. Owns what makes such a failure end a run once: it is a step, so a
 * retry executes it again like every step that ended its run, and everything before it is replayed.
 */
import type { StepRunner } from './step-runner.js';

/** Rejects with a `StepError` of `error`'s code the first time; when the run has been retried, resolves. */
export async function failUntilRetried(steps: StepRunner, name: string, error: Error): Promise<void> {
  await steps.run({
    name,
    kind: 'FUNCTION',
    input: null,
    execute: async ({ attempt }) => {
      // A fatal failure is not tried again by itself: whoever comes here once more was sent by a retry of the run.
      if (attempt === 1) throw error;
      return { output: null, chunks: [], usage: null, announce: [] };
    },
  });
}
