/**
 * Puts accepted runs on the queue in the background. A failure is logged and left to the workers' reconciler.
 */
import { Injectable, Logger } from '@nestjs/common';
import { type RunDelivery, RunDispatcher } from '#libs/jobs';

@Injectable()
export class RunDispatching {
  private readonly logger = new Logger(RunDispatching.name);

  constructor(private readonly dispatcher: RunDispatcher) {}

  /** Returns at once; never throws. */
  dispatchSoon(run: RunDelivery): void {
    this.dispatcher.dispatch(run).catch((error: unknown) => {
      this.logger.warn({ msg: 'run not enqueued; a worker will find it', runId: run.runId, err: error });
    });
  }
}
