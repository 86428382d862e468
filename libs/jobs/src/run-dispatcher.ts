/**
 * Puts runs into the queue. Owns the bound on how long that may take; never touches a run's state.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { RunId } from '#libs/contracts';
import { timings } from '#libs/engine';
import {
  EXECUTE_RUN,
  type ExecuteRunJob,
  executeRunJobOptions,
  RUN_QUEUE,
  WAKE_RUN,
  wakeRunJobOptions,
} from './run-queue.js';

@Injectable()
export class RunDispatcher {
  private readonly logger = new Logger(RunDispatcher.name);

  constructor(@InjectQueue(RUN_QUEUE) private readonly queue: Queue<ExecuteRunJob>) {
    // Without a listener a lost connection would end the process; ioredis reconnects by itself.
    this.queue.on('error', (error) => this.logger.warn(`The queue's connection failed: ${error.message}`));
  }

  /**
   * Makes sure that the run has a live job. Idempotent. Rejects when Redis does not answer within
   * `timings.enqueueMs`; the reconciler then does it later.
   */
  async dispatch(runId: RunId): Promise<void> {
    await inTime(this.queue.add(EXECUTE_RUN, { runId }, executeRunJobOptions(runId)));
  }

  /**
   * Has the run delivered at that time, if it still waits then and the time is near. Only a fast path: the reconciler finds
   * whatever is overdue, and a far wake-up would outlive a wait that is answered or canceled. Rejects like `dispatch`.
   */
  async wakeAt(runId: RunId, time: Date): Promise<void> {
    if (time.getTime() - Date.now() > timings.wakeUpMaxMs) return;
    await inTime(this.queue.add(WAKE_RUN, { runId }, wakeRunJobOptions(runId, time)));
  }

  /** Whether a job of the run is waiting, delayed or being worked on. Rejects like `dispatch`. */
  async hasLiveJob(runId: RunId): Promise<boolean> {
    const state = await inTime(this.queue.getJobState(runId));
    return state !== 'unknown' && state !== 'completed' && state !== 'failed';
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const timeout = delay(timings.enqueueMs, undefined, { signal: answered.signal }).then(() => {
    throw new Error('Redis did not answer in time.');
  });
  // Whichever loses the race must not surface as an unhandled rejection.
  answer.catch(() => undefined);
  timeout.catch(() => undefined);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    answered.abort();
  }
}
