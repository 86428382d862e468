/**
 * Hears of canceled runs. Cancelling is a fact in Postgres already; this only makes its worker look at once.
 */

import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RunExecutor } from '#libs/engine';
import { ControlChannel } from '#libs/stream';

@Injectable()
export class CancelListener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unsubscribe: (() => Promise<void>) | null = null;

  constructor(
    private readonly control: ControlChannel,
    private readonly executor: RunExecutor,
  ) {}

  /** Not awaited: it waits for Redis, and without it the next look at the claim notices the cancel. */
  onApplicationBootstrap(): void {
    this.control
      .onCancel((runId) => void this.executor.recheck(runId))
      .then((unsubscribe) => {
        this.unsubscribe = unsubscribe;
      })
      .catch(() => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.unsubscribe?.();
  }
}
