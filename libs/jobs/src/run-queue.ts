/**
 * The queue of runs: its name, its jobs and their data. A job holds ids only, and delivering one twice is harmless, because
 * Postgres decides what an attempt may do. No job is ever delayed: BullMQ compares the clocks of two processes to decide
 * when a delay is over, and those may be an hour apart.
 */

import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { isId, type RunId } from '#libs/contracts';

export const RUN_QUEUE = 'runs';
export const EXECUTE_RUN = 'execute-run';

export interface ExecuteRunJob {
  runId: RunId;
}

/** What is to be delivered: a run, and how many of its attempts have begun. */
export interface RunDelivery {
  runId: RunId;
  attempts: number;
}

const executeRunJobSchema = z.object({
  name: z.literal(EXECUTE_RUN),
  data: z.object({ runId: z.string().refine((id): id is RunId => isId('run', id)) }),
});

/** Throws when a job is not one that executes a run: it may come from a newer version. */
export function parseExecuteRunJob({ name, data }: { name: string; data: unknown }): ExecuteRunJob {
  return executeRunJobSchema.parse({ name, data }).data;
}

/** Names the job after the attempt that it delivers, so that the job of a dead worker does not block the next attempt. */
export function jobIdOf({ runId, attempts }: RunDelivery): string {
  return `${runId}-${attempts + 1}`;
}

/**
 * At most one live job per attempt: BullMQ ignores a second one. Ended jobs are removed, because a kept one would swallow a
 * later delivery of the same attempt. Runs that have begun go first, because somebody is watching them. BullMQ makes one
 * attempt only: the reconciler delivers again.
 */
export function executeRunJobOptions(delivery: RunDelivery): JobsOptions {
  const lifo = delivery.attempts > 0;
  return { jobId: jobIdOf(delivery), lifo, attempts: 1, removeOnComplete: true, removeOnFail: true };
}
