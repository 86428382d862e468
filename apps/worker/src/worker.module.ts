/** Composes the worker: adapters for the engine's ports, the given agents, the processor and the reconciler. */

import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { DataSource } from 'typeorm';
import { EffectPerformer, EffectsModule } from '#libs/effects';
import { AgentRegistry, RunExecutor } from '#libs/engine';
import { JobsModule } from '#libs/jobs';
import { PersistenceModule, PostgresEpochGrants, PostgresRunStore } from '#libs/persistence';
import { createRedis, queuePrefix, RedisWorkflowStreamWriter, StreamModule } from '#libs/stream';
import { createAgentServices } from './agents/agent-services.js';
import { type AgentFactory, AgentsModule } from './agents/agents.module.js';
import { CancelListener } from './cancel-listener.js';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { HealthFile } from './health-file.js';
import { WorkerLiveness } from './liveness/worker-liveness.js';
import { loggingOptions } from './logging.js';
import { Reconciler } from './reconciler.js';
import { RunProcessor } from './run.processor.js';

@Module({})
export class WorkerModule {
  static forRoot(environment: WorkerEnvironment, agents: readonly AgentFactory[]): DynamicModule {
    const { databaseUrl, redis, redisPrefix: prefix, concurrency, modelTimeouts, hookKey } = environment;
    return {
      module: WorkerModule,
      imports: [
        AgentsModule.forRoot(agents, createAgentServices(environment)),
        LoggerModule.forRoot({ pinoHttp: loggingOptions(environment) }),
        PersistenceModule.forRoot({
          databaseUrl,
          applicationName: 'holdfast-worker',
          program: 'worker',
          poolSize: Math.min(20, concurrency + 2),
        }),
        StreamModule.forRoot({ redis, prefix, grants: PostgresEpochGrants }),
        JobsModule.forRoot({
          connect: (name) => createRedis(redis, name, 'queue'),
          prefix: queuePrefix(prefix),
        }),
        EffectsModule,
      ],
      providers: [
        { provide: WORKER_ENVIRONMENT, useValue: environment },
        WorkerLiveness,
        {
          provide: RunExecutor,
          inject: [
            getDataSourceToken(),
            EffectPerformer,
            RedisWorkflowStreamWriter,
            AgentRegistry,
            PinoLogger,
            WorkerLiveness,
          ],
          useFactory: (
            dataSource: DataSource,
            effects: EffectPerformer,
            stream: RedisWorkflowStreamWriter,
            agents: AgentRegistry,
            logger: PinoLogger,
            liveness: WorkerLiveness,
          ) =>
            new RunExecutor({
              store: new PostgresRunStore(dataSource, (following) => effects.start(following)),
              stream,
              agents,
              logger,
              worker: () => liveness.worker,
              modelTimeouts,
              hookSecret: hookKey,
            }),
        },
        RunProcessor,
        CancelListener,
        Reconciler,
        HealthFile,
      ],
    };
  }
}
