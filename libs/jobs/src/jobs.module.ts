/**
 * The BullMQ side of an app. Owns the queue's connections; processors belong to the worker.
 */
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { RunDispatcher } from './run-dispatcher.js';
import { RUN_QUEUE } from './run-queue.js';

export interface JobsOptions {
  /** `redis://…` or `rediss://…`. */
  redisUrl: string;
}

/** BullMQ's own pauses grow to 20 s: a worker would stay deaf long after Redis is back. */
const retryStrategy = (attempt: number) => Math.min(1_000, 50 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2);

@Module({})
export class JobsModule {
  static forRoot({ redisUrl }: JobsOptions): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      imports: [
        // While Redis is away an enqueue fails at once instead of waiting for it without a word. The worker shares these
        // options; BullMQ itself sets endless retries for a connection that blocks.
        BullModule.registerQueue({
          name: RUN_QUEUE,
          connection: { url: redisUrl, enableOfflineQueue: false, retryStrategy },
        }),
      ],
      providers: [RunDispatcher],
      exports: [RunDispatcher, BullModule],
    };
  }
}
