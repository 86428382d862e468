/**
 * Puts runs into the queue. Owns the bound on how long that may take; never touches a run's state.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { RunId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { EXECUTE_RUN, type ExecuteRunJob, executeRunJobOptions, RUN_QUEUE } from './run-queue.js';

@Injectable()
export class RunDispatcher {
  constructor(@InjectQueue(RUN_QUEUE) private readonly queue: Queue<ExecuteRunJob>) {
    // Without a listener a lost connection would end the process; ioredis reconnects by itself.
    this.queue.on('error', () => undefined);
  }

  /**
   * Makes sure that the run has a live job. Idempotent. Rejects when Redis does not answer within
   * `timings.enqueueMs`; the reconciler then does it later.
   */
  async dispatch(runId: RunId): Promise<void> {
    const giveUp = new AbortController();
    const add = this.queue.add(EXECUTE_RUN, { runId }, executeRunJobOptions(runId));
    const timeout = delay(timings.enqueueMs, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error('Redis did not take the job in time.');
    });
    // Whichever loses the race must not surface as an unhandled rejection.
    add.catch(() => undefined);
    timeout.catch(() => undefined);
    try {
      await Promise.race([add, timeout]);
    } finally {
      giveUp.abort();
    }
  }

  /** Whether a job of the run is waiting, delayed or being worked on. Rejects when Redis cannot be reached. */
  async hasLiveJob(runId: RunId): Promise<boolean> {
    const state = await this.queue.getJobState(runId);
    return state !== 'unknown' && state !== 'completed' && state !== 'failed';
  }
}
