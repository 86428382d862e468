/** The queue of runs and its connection, for both apps. Processors belong to the worker. */
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RunDispatcher } from './run-dispatcher.js';
import { RUN_QUEUE } from './run-queue.js';

export interface JobsOptions {
  /**
   * Opens a connection whose commands fail at once while Redis is away. The queue's worker uses it for its commands and
   * opens a duplicate for blocking reads.
   */
  connect: (name: string) => Redis;
  /** Prefix of the queue's Redis keys. It contains a hash tag, because a cluster must keep them on one node. */
  prefix: string;
}

const QUEUE_CONNECTION = Symbol('QUEUE_CONNECTION');

@Module({})
export class JobsModule implements OnApplicationShutdown {
  constructor(@Inject(QUEUE_CONNECTION) private readonly connection: Redis) {}

  static forRoot({ connect, prefix }: JobsOptions): DynamicModule {
    const connection = connect('queue');
    return {
      module: JobsModule,
      global: true,
      imports: [BullModule.registerQueue({ name: RUN_QUEUE, prefix, connection })],
      providers: [RunDispatcher, { provide: QUEUE_CONNECTION, useValue: connection }],
      exports: [RunDispatcher, BullModule],
    };
  }

  /** BullMQ does not close a connection that was passed to it. Its own module has closed the queue by now. */
  onApplicationShutdown(): void {
    this.connection.disconnect();
  }
}
