/** The stream as an application module: creates everything on three connections and closes them when the application ends. */
import {
  type DynamicModule,
  Inject,
  type InjectionToken,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { EpochGrants } from '#libs/engine';
import { ControlChannel } from './control-channel.js';
import { type ConnectionListener, closeRedis, createRedis, type RedisEndpoint } from './redis-connection.js';
import { RedisHealth } from './redis-health.js';
import { RedisWorkflowStreamWriter } from './redis-workflow-stream-writer.js';
import { StreamRemoval } from './stream-removal.js';
import { WorkflowChanges } from './workflow-changes.js';
import { WorkflowTails } from './workflow-tails.js';

export interface StreamModuleOptions {
  redis: RedisEndpoint;
  /** Prefix of this instance's names in Redis; empty when absent. */
  prefix?: string;
  /** Provider that is asked when a log is ahead of Postgres. Without it, a writer that opens such a log counts as fenced. */
  grants?: InjectionToken<EpochGrants>;
}

/** `append` writes, `read` replays and queries, `subscribe` listens. Separate connections, so none waits for another. */
const logger = new Logger('Redis');

class StreamConnections {
  readonly append: Redis;
  readonly read: Redis;
  readonly subscribe: Redis;

  constructor(redis: RedisEndpoint) {
    const onChange: ConnectionListener = ({ name, connected, error }) => {
      if (connected && error) logger.warn(`Redis refused a command on connection ${name}: ${error.message}`);
      else if (connected) logger.log(`Connection ${name} works again`);
      else logger.warn(`Connection ${name} failed: ${error?.message ?? 'unknown error'}`);
    };
    this.append = createRedis(redis, 'stream-append', 'command', onChange);
    this.read = createRedis(redis, 'stream-read', 'command', onChange);
    this.subscribe = createRedis(redis, 'stream-subscribe', 'subscriber', onChange);
  }

  async close(): Promise<void> {
    await Promise.all([closeRedis(this.append), closeRedis(this.read), closeRedis(this.subscribe)]);
  }
}

/**
 * Provides `RedisWorkflowStreamWriter`, `WorkflowTails`, `WorkflowChanges`, `ControlChannel`, `StreamRemoval` and
 * `RedisHealth` to every module. Subscribers end in `onModuleDestroy`; the connections close last, in
 * `onApplicationShutdown`, so anything that still writes must end earlier, in `onModuleDestroy` or
 * `beforeApplicationShutdown`.
 */
@Module({})
export class StreamModule implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(StreamConnections) private readonly connections: StreamConnections,
    @Inject(WorkflowTails) private readonly tails: WorkflowTails,
    @Inject(WorkflowChanges) private readonly changes: WorkflowChanges,
    @Inject(RedisHealth) private readonly health: RedisHealth,
  ) {}

  static forRoot({ redis, prefix = '', grants }: StreamModuleOptions): DynamicModule {
    const inject = [StreamConnections];
    return {
      module: StreamModule,
      global: true,
      providers: [
        { provide: StreamConnections, useFactory: () => new StreamConnections(redis) },
        {
          provide: RedisWorkflowStreamWriter,
          useFactory: ({ append }: StreamConnections, granting?: EpochGrants) =>
            new RedisWorkflowStreamWriter(append, { prefix, ...(granting && { grants: granting }) }),
          inject: grants ? [...inject, grants] : inject,
        },
        {
          provide: WorkflowTails,
          useFactory: ({ subscribe, read }: StreamConnections) => new WorkflowTails(subscribe, read, { prefix }),
          inject,
        },
        {
          provide: WorkflowChanges,
          useFactory: ({ subscribe, read }: StreamConnections) => new WorkflowChanges(subscribe, read, prefix),
          inject,
        },
        {
          provide: ControlChannel,
          useFactory: ({ subscribe, read }: StreamConnections) => new ControlChannel(subscribe, read, prefix),
          inject,
        },
        {
          provide: StreamRemoval,
          useFactory: ({ append }: StreamConnections) => new StreamRemoval(append, prefix),
          inject,
        },
        { provide: RedisHealth, useFactory: ({ read }: StreamConnections) => new RedisHealth(read, prefix), inject },
      ],
      exports: [RedisWorkflowStreamWriter, WorkflowTails, WorkflowChanges, ControlChannel, StreamRemoval, RedisHealth],
    };
  }

  /** Rejects with a readable reason when Redis is reachable but unusable. */
  async onModuleInit(): Promise<void> {
    const report = await this.health.checkAtStart();
    if (report === null) this.connections.read.once('ready', () => void this.checkLate());
    for (const warning of report?.warnings ?? []) logger.warn(warning);
    if (report && report.refusals.length > 0) throw new Error(report.refusals.join('\n'));
  }

  /** A Redis that was away at start-up may prove unusable after prompts have already been accepted, so this logs an error. */
  private async checkLate(): Promise<void> {
    const { refusals = [], warnings = [] } = (await this.health.checkAtStart()) ?? {};
    for (const warning of warnings) logger.warn(warning);
    for (const refusal of refusals) logger.error(refusal);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.tails.close(), this.changes.close()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connections.close();
  }
}
