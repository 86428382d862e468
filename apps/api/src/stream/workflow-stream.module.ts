import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ApiGraphqlModule } from '../graphql/api-graphql.module.js';
import { GraphqlServicesModule } from '../graphql/graphql-services.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { EventStreamServer } from './event-stream-server.service.js';
import { LogReplacement } from './log-replacement.service.js';
import { SubscriptionServer } from './subscription-server.service.js';
import { WorkflowStreamResolver } from './workflow-stream.resolver.js';

@Module({
  imports: [ApiGraphqlModule, AuthModule, GraphqlServicesModule, LimitsModule],
  providers: [LogReplacement, WorkflowStreamResolver, SubscriptionServer, EventStreamServer],
  exports: [SubscriptionServer, EventStreamServer],
})
export class WorkflowStreamModule {}
