/**
 * Hears of canceled runs. Cancelling is a fact in Postgres already; this only ends the work early.
 */

import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ControlChannel } from '#libs/stream';
import { RunProcessor } from './run.processor.js';

@Injectable()
export class CancelListener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unsubscribe: (() => Promise<void>) | null = null;

  constructor(
    @Inject(ControlChannel) private readonly control: ControlChannel,
    @Inject(RunProcessor) private readonly processor: RunProcessor,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unsubscribe = await this.control.onCancel((runId) => this.processor.stop(runId, 'canceled'));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.unsubscribe?.();
  }
}
