/**
 * Composes the worker: adapters behind the engine's ports, the agents, the processor and the reconciler.
 */

import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import {
  createAirlineClient,
  createFlightBooking,
  createModelProvider,
  createNodeCatalogClient,
  createPostAuthor,
  createWorkflowBuilder,
} from '#libs/agents';
import { bundledAgents } from '#libs/contracts';
import { AgentRegistry, RunExecutor } from '#libs/engine';
import { JobsModule } from '#libs/jobs';
import { PersistenceModule, PostgresRunStore } from '#libs/persistence';
import { RedisWorkflowStreamWriter, StreamModule, WorkflowChanges } from '#libs/stream';
import { announcedRunStore } from './announced-run-store.js';
import { CancelListener } from './cancel-listener.js';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { Reconciler } from './reconciler.js';
import { RunProcessor } from './run.processor.js';

@Module({})
export class WorkerModule {
  static forRoot(environment: WorkerEnvironment): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: loggerOptions(environment) }),
        PersistenceModule.forRoot({
          databaseUrl: environment.HOLDFAST_DATABASE_URL,
          applicationName: 'holdfast-worker',
          poolSize: Math.min(20, environment.HOLDFAST_WORKER_CONCURRENCY + 2),
        }),
        StreamModule.forRoot({ redisUrl: environment.HOLDFAST_REDIS_URL }),
        JobsModule.forRoot({ redisUrl: environment.HOLDFAST_REDIS_URL }),
      ],
      providers: [
        { provide: WORKER_ENVIRONMENT, useValue: environment },
        { provide: AgentRegistry, useFactory: () => createAgents(environment) },
        {
          provide: RunExecutor,
          inject: [PostgresRunStore, RedisWorkflowStreamWriter, WorkflowChanges, AgentRegistry, PinoLogger],
          useFactory: (
            store: PostgresRunStore,
            stream: RedisWorkflowStreamWriter,
            changes: WorkflowChanges,
            agents: AgentRegistry,
            logger: PinoLogger,
          ) =>
            new RunExecutor({
              store: announcedRunStore(store, changes),
              stream,
              agents,
              logger,
              modelTimeouts: modelTimeouts(environment),
              hookSecret: environment.HOLDFAST_SERVICE_TOKEN,
            }),
        },
        RunProcessor,
        CancelListener,
        Reconciler,
      ],
    };
  }
}

function createAgents(environment: WorkerEnvironment): AgentRegistry {
  const model = createModelProvider({
    model: environment.HOLDFAST_MODEL,
    api: environment.HOLDFAST_MODEL_API,
    apiKey: environment.OPENAI_API_KEY,
    baseUrl: environment.OPENAI_BASE_URL ?? null,
    simulated: environment.HOLDFAST_SIMULATED,
  });
  const catalog = createNodeCatalogClient({
    apiUrl: environment.HOLDFAST_API_URL,
    serviceToken: environment.HOLDFAST_SERVICE_TOKEN,
  });
  const approvalTimeout = environment.HOLDFAST_APPROVAL_SECONDS * 1_000;
  const airlineUrl = airlineUrlOf(environment);
  const airline = airlineUrl === null ? null : createAirlineClient(airlineUrl);
  const agents = new AgentRegistry([
    createWorkflowBuilder({ model, catalog }),
    createPostAuthor({ model, approvalTimeout }),
    createFlightBooking({ model, airline, approvalTimeout }),
  ]);
  agents.assertInstalled(bundledAgents);
  return agents;
}

/** The simulator brings an airline along; beside a real model, one has to be named. */
function airlineUrlOf(environment: WorkerEnvironment): string | null {
  if (environment.HOLDFAST_AIRLINE_URL) return environment.HOLDFAST_AIRLINE_URL;
  const simulatorUrl = environment.HOLDFAST_SIMULATED ? environment.OPENAI_BASE_URL : undefined;
  return simulatorUrl === undefined ? null : new URL(simulatorUrl).origin;
}

function modelTimeouts(environment: WorkerEnvironment) {
  return {
    totalMs: environment.HOLDFAST_MODEL_TOTAL_SECONDS * 1_000,
    firstChunkMs: environment.HOLDFAST_MODEL_FIRST_CHUNK_SECONDS * 1_000,
    idleMs: environment.HOLDFAST_MODEL_IDLE_SECONDS * 1_000,
  };
}

function loggerOptions(environment: WorkerEnvironment) {
  return {
    level: environment.HOLDFAST_LOG_LEVEL,
    base: { app: 'worker' },
    redact: ['*.apiKey', '*.authorization', '*.serviceToken', '*.prompt'],
    ...(environment.HOLDFAST_LOG_FORMAT === 'pretty' && {
      transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
    }),
  };
}
