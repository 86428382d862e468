import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { GraphqlServicesModule } from '../graphql/graphql-services.module.js';
import { MessageFieldsResolver, PromptLockFieldsResolver } from './message-fields.resolver.js';
import { NodeQueriesResolver } from './node-queries.resolver.js';
import { RunWorkflowResolver } from './run-workflow.resolver.js';
import { WorkflowExportController } from './workflow-export.controller.js';
import { WorkflowFieldsResolver } from './workflow-fields.resolver.js';
import { WorkflowLoading } from './workflow-loading.service.js';
import { WorkflowMutationsResolver } from './workflow-mutations.resolver.js';
import { WorkflowQueriesResolver } from './workflow-queries.resolver.js';
import { WorkflowSubscriptionsResolver } from './workflow-subscriptions.resolver.js';

@Module({
  imports: [AuthModule, GraphqlServicesModule],
  controllers: [WorkflowExportController],
  providers: [
    NodeQueriesResolver,
    RunWorkflowResolver,
    WorkflowQueriesResolver,
    WorkflowFieldsResolver,
    MessageFieldsResolver,
    PromptLockFieldsResolver,
    WorkflowMutationsResolver,
    WorkflowSubscriptionsResolver,
    WorkflowLoading,
  ],
})
export class WorkflowsModule {}
