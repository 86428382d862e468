/**
 * The queue of runs: its name, its jobs and what they carry. Owns the delivery contract: a job holds ids only, and
 * delivering one twice is harmless, because Postgres decides what an attempt may do. No job is ever delayed: when a
 * delay is over, BullMQ reckons by the clocks of two processes, which may be an hour apart.
 */

import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { isId, type RunId } from '#libs/contracts';

export const RUN_QUEUE = 'runs';
export const EXECUTE_RUN = 'execute-run';

export interface ExecuteRunJob {
  runId: RunId;
}

/** What is to be delivered: a run, and how many attempts at it have begun. */
export interface RunDelivery {
  runId: RunId;
  attempts: number;
}

const executeRunJobSchema = z.object({
  name: z.literal(EXECUTE_RUN),
  data: z.object({ runId: z.string().refine((id): id is RunId => isId('run', id)) }),
});

/** Throws when a job is none that executes a run: whoever put it there knows more than this version does. */
export function parseExecuteRunJob({ name, data }: { name: string; data: unknown }): ExecuteRunJob {
  return executeRunJobSchema.parse({ name, data }).data;
}

/** Names the job after the attempt that it delivers, so that one whose worker has died is not in the way of the next. */
export function jobIdOf({ runId, attempts }: RunDelivery): string {
  return `${runId}-${attempts + 1}`;
}

/**
 * One live job per attempt: adding a second one is ignored by BullMQ. Ended jobs are removed, because a kept one would
 * swallow a later delivery of the same attempt. Runs that have begun go first: somebody is watching them. One BullMQ
 * attempt: the reconciler delivers again.
 */
export function executeRunJobOptions(delivery: RunDelivery): JobsOptions {
  const lifo = delivery.attempts > 0;
  return { jobId: jobIdOf(delivery), lifo, attempts: 1, removeOnComplete: true, removeOnFail: true };
}
