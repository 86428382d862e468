/** Every resolver class of the schema. `schema.graphql` is generated from this list, without a running server. */
import type { Type } from '@nestjs/common';
import { CatalogResolver } from './catalog/catalog.resolver.js';
import { HookMutationsResolver } from './runs/hook-mutations.resolver.js';
import { RunFieldsResolver } from './runs/run-fields.resolver.js';
import { RunMutationsResolver } from './runs/run-mutations.resolver.js';
import { RunQueriesResolver } from './runs/run-queries.resolver.js';
import { HookFieldsResolver, RunEventFieldsResolver, StepFieldsResolver } from './runs/step-fields.resolver.js';
import { WorkflowStreamResolver } from './stream/workflow-stream.resolver.js';
import { ViewerQueriesResolver } from './users/viewer-queries.resolver.js';
import { MessageFieldsResolver, PromptLockFieldsResolver } from './workflows/message-fields.resolver.js';
import { NodeQueriesResolver } from './workflows/node-queries.resolver.js';
import { RunWorkflowResolver } from './workflows/run-workflow.resolver.js';
import { WorkflowFieldsResolver } from './workflows/workflow-fields.resolver.js';
import { WorkflowMutationsResolver } from './workflows/workflow-mutations.resolver.js';
import { WorkflowQueriesResolver } from './workflows/workflow-queries.resolver.js';
import { WorkflowSubscriptionsResolver } from './workflows/workflow-subscriptions.resolver.js';

export const schemaResolvers: Type[] = [
  ViewerQueriesResolver,
  CatalogResolver,
  NodeQueriesResolver,
  WorkflowQueriesResolver,
  WorkflowFieldsResolver,
  MessageFieldsResolver,
  PromptLockFieldsResolver,
  WorkflowMutationsResolver,
  WorkflowSubscriptionsResolver,
  RunQueriesResolver,
  RunFieldsResolver,
  RunWorkflowResolver,
  StepFieldsResolver,
  RunEventFieldsResolver,
  HookFieldsResolver,
  RunMutationsResolver,
  HookMutationsResolver,
  WorkflowStreamResolver,
];
