import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ApiGraphqlModule } from '../graphql/api-graphql.module.js';
import { ErrorReportingModule } from '../graphql/error-reporting.module.js';
import { EventStreamServer } from './event-stream-server.js';
import { LogReplacement } from './log-replacement.js';
import { SubscriptionServer } from './subscription-server.js';
import { WorkflowStreamResolver } from './workflow-stream.resolver.js';

@Module({
  imports: [ApiGraphqlModule, AuthModule, ErrorReportingModule],
  providers: [LogReplacement, WorkflowStreamResolver, SubscriptionServer, EventStreamServer],
  exports: [SubscriptionServer, EventStreamServer],
})
export class WorkflowStreamModule {}
