/**
 * Composes the API: adapters, GraphQL and the plain HTTP routes.
 */
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { limits } from '#libs/contracts';
import { EffectsModule } from '#libs/effects';
import { JobsModule } from '#libs/jobs';
import { PersistenceModule, PostgresEpochGrants } from '#libs/persistence';
import { createRedis, queuePrefix, StreamModule } from '#libs/stream';
import { AccountModule } from './account/account.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { API_ENVIRONMENT, type ApiEnvironment } from './environment.js';
import { ApiGraphqlModule } from './graphql/api-graphql.module.js';
import { HealthModule } from './health/health.module.js';
import { loggingOptions } from './http/logging.js';
import { InternalModule } from './internal/internal.module.js';
import { RunsModule } from './runs/runs.module.js';
import { WorkflowStreamModule } from './stream/workflow-stream.module.js';
import { UsersModule } from './users/users.module.js';
import { WebModule } from './web/web.module.js';
import { WorkflowsModule } from './workflows/workflows.module.js';

@Global()
@Module({})
class EnvironmentModule {
  static forRoot(environment: ApiEnvironment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: API_ENVIRONMENT, useValue: environment }],
      exports: [API_ENVIRONMENT],
    };
  }
}

@Module({})
export class AppModule {
  static forRoot(environment: ApiEnvironment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggingOptions(environment)),
        EnvironmentModule.forRoot(environment),
        PersistenceModule.forRoot({
          databaseUrl: environment.databaseUrl,
          applicationName: 'holdfast-api',
          // After this time the request has already been answered with an error.
          queryTimeoutMs: limits.operationMs,
          program: 'api',
        }),
        StreamModule.forRoot({
          redis: environment.redis,
          prefix: environment.redisPrefix,
          grants: PostgresEpochGrants,
        }),
        JobsModule.forRoot({
          connect: (name) => createRedis(environment.redis, name, 'queue'),
          prefix: queuePrefix(environment.redisPrefix),
        }),
        EffectsModule,
        ApiGraphqlModule,
        AccountModule,
        UsersModule,
        CatalogModule,
        WorkflowsModule,
        RunsModule,
        WorkflowStreamModule,
        HealthModule,
        InternalModule,
        WebModule,
      ],
    };
  }
}
