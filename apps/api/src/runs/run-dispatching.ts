/**
 * Puts accepted runs on the queue in the background. A failure is logged and left to the workers' reconciler.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { RunId } from '#libs/contracts';
import { RunDispatcher } from '#libs/jobs';

@Injectable()
export class RunDispatching {
  private readonly logger = new Logger(RunDispatching.name);

  constructor(private readonly dispatcher: RunDispatcher) {}

  /** Returns at once; never throws. */
  dispatchSoon(runId: RunId): void {
    this.dispatcher.dispatch(runId).catch((error: unknown) => {
      this.logger.warn({ msg: 'run not enqueued; a worker will find it', runId, err: error });
    });
  }
}
