/**
 * Listens for canceled runs. A cancellation is already recorded in Postgres; this only makes the run's worker notice it at
 * once.
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

  /** Not awaited, because it waits for Redis. Without it, the next check of the claim notices the cancellation. */
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
