/** Puts runs into the queue within a bounded time. Does not change a run's state. */
import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { timings } from '#libs/engine';
import { RepeatedErrors } from './repeated-errors.js';
import {
  EXECUTE_RUN,
  type ExecuteRunJob,
  executeRunJobOptions,
  jobIdOf,
  RUN_QUEUE,
  type RunDelivery,
} from './run-queue.js';

/** No worker takes a job in these states. */
const lifeless: ReadonlySet<string> = new Set(['unknown', 'completed', 'failed']);

@Injectable()
export class RunDispatcher {
  private readonly logger = new Logger(RunDispatcher.name);
  private readonly errors = new RepeatedErrors();

  constructor(@InjectQueue(RUN_QUEUE) private readonly queue: Queue<ExecuteRunJob>) {
    // Without a listener a lost connection would end the process; ioredis reconnects by itself.
    this.queue.on('error', (error) => {
      const noted = this.errors.note(error);
      if (noted) this.logger.warn({ msg: `The queue failed: ${error.message}`, ...noted });
    });
  }

  /**
   * Makes sure that the run's next attempt has a live job. Idempotent. Rejects when Redis does not answer within
   * `timings.enqueueMs`; the reconciler then does it later.
   */
  async dispatch(delivery: RunDelivery): Promise<void> {
    const { runId } = delivery;
    await inTime(this.queue.add(EXECUTE_RUN, { runId }, executeRunJobOptions(delivery)));
  }

  /** Whether the job of the run's last attempt is waiting or being processed. Rejects like `dispatch`. */
  async hasJobInHand({ runId, attempts }: RunDelivery): Promise<boolean> {
    return this.hasLiveJob({ runId, attempts: attempts - 1 });
  }

  /** Whether the job of the run's next attempt is waiting or being processed. Rejects like `dispatch`. */
  async hasLiveJob(delivery: RunDelivery): Promise<boolean> {
    return !lifeless.has(await inTime(this.queue.getJobState(jobIdOf(delivery))));
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const timeout = delay(timings.enqueueMs, undefined, { signal: answered.signal }).then(() => {
    throw new Error('Redis did not answer in time.');
  });
  // The loser of the race must not surface as an unhandled rejection.
  answer.catch(() => undefined);
  timeout.catch(() => undefined);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    answered.abort();
  }
}
