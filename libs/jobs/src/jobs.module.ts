/**
 * The BullMQ side of an app. Owns the queue's connection; processors belong to the worker.
 */
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RunDispatcher } from './run-dispatcher.js';
import { RUN_QUEUE } from './run-queue.js';

export interface JobsOptions {
  /**
   * Opens a connection for the queue, with commands that fail at once while Redis is away. The worker of the queue takes it
   * for its commands and makes another of its kind, to wait on.
   */
  connect: (name: string) => Redis;
  /** What the names of the queue in Redis begin with; with a hash tag, because a cluster has to keep them together. */
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

  /** BullMQ leaves a connection that it was given to whoever gave it. Its own module has ended the queue before. */
  onApplicationShutdown(): void {
    this.connection.disconnect();
  }
}
