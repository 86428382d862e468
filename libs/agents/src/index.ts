export * from './model-provider.js';
export * from './node-catalog-client.js';
export { createWorkflowBuilder, type WorkflowBuilderOptions } from './workflow-builder/workflow-builder.agent.js';
