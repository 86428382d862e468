/**
 * Wires persistence into a Nest application: one data source and the classes that work on it. Owns its shutdown, through
 * TypeORM's module; never migrates.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { HookResolution } from './hook-resolution.js';
import { IdempotencyPruning } from './idempotency-pruning.js';
import { PromptSubmission } from './prompt-submission.js';
import { RunCancellation } from './run-cancellation.js';
import { RunRetry } from './run-retry.js';
import { PostgresRunStore } from './run-store/postgres-run-store.js';
import { StrandedRuns } from './stranded-runs.js';
import { WorkflowEditing } from './workflow-editing.js';
import { WorkflowReader } from './workflow-reader.js';

const providers = [
  HookResolution,
  IdempotencyPruning,
  PostgresRunStore,
  PromptSubmission,
  RunCancellation,
  RunRetry,
  StrandedRuns,
  WorkflowEditing,
  WorkflowReader,
];

@Module({})
export class PersistenceModule {
  /** Global. The application starts when the database answers, after ten tries three seconds apart it gives up. */
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      imports: [TypeOrmModule.forRoot(dataSourceOptions(options))],
      providers,
      exports: providers,
    };
  }
}
