import { Module } from '@nestjs/common';
import { RunsModule } from '../runs/runs.module.js';
import { MessageFieldsResolver, PromptLockFieldsResolver } from './message-fields.resolver.js';
import { NodeQueriesResolver } from './node-queries.resolver.js';
import { PromptSubmitting } from './prompt-submitting.js';
import { WorkflowDeleting } from './workflow-deleting.js';
import { WorkflowFieldsResolver } from './workflow-fields.resolver.js';
import { WorkflowLoadingModule } from './workflow-loading.module.js';
import { WorkflowMutationsResolver } from './workflow-mutations.resolver.js';
import { WorkflowQueriesResolver } from './workflow-queries.resolver.js';
import { WorkflowSubscriptionsResolver } from './workflow-subscriptions.resolver.js';

@Module({
  imports: [WorkflowLoadingModule, RunsModule],
  providers: [
    NodeQueriesResolver,
    WorkflowQueriesResolver,
    WorkflowFieldsResolver,
    MessageFieldsResolver,
    PromptLockFieldsResolver,
    WorkflowMutationsResolver,
    WorkflowSubscriptionsResolver,
    PromptSubmitting,
    WorkflowDeleting,
  ],
})
export class WorkflowsModule {}
