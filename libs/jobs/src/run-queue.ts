/**
 * The queue of runs: its name, its jobs and what they carry. Owns the delivery contract: a job holds ids only, and
 * delivering one twice is harmless, because Postgres decides what an attempt may do.
 */

import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { isId, type RunId } from '#libs/contracts';

export const RUN_QUEUE = 'runs';
export const EXECUTE_RUN = 'execute-run';
/** Looks whether the time of a waiting run has come, and delivers it then. */
export const WAKE_RUN = 'wake-run';

const WAKE_MARGIN_MS = 20;

export interface ExecuteRunJob {
  runId: RunId;
}

const executeRunJobSchema = z.object({ runId: z.string().refine((id): id is RunId => isId('run', id)) });

/** Throws when the payload is not that of a job of this queue. */
export function parseExecuteRunJob(data: unknown): ExecuteRunJob {
  return executeRunJobSchema.parse(data);
}

/**
 * One live job per run: its id is the run's id, and adding a second one is ignored by BullMQ. Ended jobs are removed,
 * because a kept one would swallow a later delivery of the same run. One BullMQ attempt: the reconciler delivers again.
 */
export function executeRunJobOptions(runId: RunId): JobsOptions {
  return { jobId: runId, attempts: 1, removeOnComplete: true, removeOnFail: true };
}

/** Beside the run's own job, which it must not stand in the way of; one per point in time. */
export function wakeRunJobOptions(runId: RunId, wakeAt: Date): JobsOptions {
  return {
    jobId: `wake-${runId}-${wakeAt.getTime()}`,
    // Postgres decides by its own clock: a little later is better than a look in vain.
    delay: Math.max(0, wakeAt.getTime() - Date.now()) + WAKE_MARGIN_MS,
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
}
