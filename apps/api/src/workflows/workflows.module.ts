import { Module } from '@nestjs/common';
import { GraphqlServicesModule } from '../graphql/graphql-services.module.js';
import { MessageFieldsResolver, PromptLockFieldsResolver } from './message-fields.resolver.js';
import { NodeQueriesResolver } from './node-queries.resolver.js';
import { RunWorkflowResolver } from './run-workflow.resolver.js';
import { WorkflowFieldsResolver } from './workflow-fields.resolver.js';
import { WorkflowLoading } from './workflow-loading.service.js';
import { WorkflowMutationsResolver } from './workflow-mutations.resolver.js';
import { WorkflowQueriesResolver } from './workflow-queries.resolver.js';
import { WorkflowSubscriptionsResolver } from './workflow-subscriptions.resolver.js';

@Module({
  imports: [GraphqlServicesModule],
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
