/** The door of persistence. Entities stay inside: readers get read models. */
export { createDataSource, type DatabaseOptions } from './data-source.js';
export { PostgresEpochGrants } from './epoch-grants.js';
export { HeldRuns } from './held-runs.js';
export { type HookAnnouncement, type HookPlace, HookResolution, type ResolveHookResult } from './hook-resolution.js';
export { IdempotencyPruning } from './idempotency-pruning.js';
export type { MessagePageRequest } from './message-pages.js';
export { PersistenceModule } from './persistence.module.js';
export { PromptSubmission } from './prompt-submission.js';
export * from './read-models.js';
export { Retention } from './retention.js';
export { RunCancellation } from './run-cancellation.js';
export { type RetryRunResult, RunRetry } from './run-retry.js';
export { PostgresRunStore } from './run-store/postgres-run-store.js';
export { checkDatabase, pendingMigrations, revertLastMigration, runMigrations } from './schema-migrations.js';
export { type DeliverableRun, type StrandedRun, StrandedRuns } from './stranded-runs.js';
export { WorkerLeases } from './worker-leases.js';
export { type DeleteWorkflowResult, type RenameWorkflowResult, WorkflowEditing } from './workflow-editing.js';
export { WorkflowReader } from './workflow-reader.js';
