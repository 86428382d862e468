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
        // BullMQ workers block on Redis and need endless retries of a request.
        BullModule.forRoot({ connection: { url: redisUrl, maxRetriesPerRequest: null, retryStrategy } }),
        // An enqueue must fail while Redis is away instead of waiting for it without a word.
        BullModule.registerQueue({
          name: RUN_QUEUE,
          connection: { url: redisUrl, enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy },
        }),
      ],
      providers: [RunDispatcher],
      exports: [RunDispatcher, BullModule],
    };
  }
}
