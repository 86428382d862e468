/**
 * Wires persistence into a Nest application: one data source and the classes that work on it. Owns its shutdown, through
 * TypeORM's module; never migrates.
 */
import { type DynamicModule, Inject, Injectable, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { type Program, roleProblems } from './database-roles.js';
import { PostgresEpochGrants } from './epoch-grants.js';
import { HeldRuns } from './held-runs.js';
import { HookResolution } from './hook-resolution.js';
import { IdempotencyPruning } from './idempotency-pruning.js';
import { PromptSubmission } from './prompt-submission.js';
import { Retention } from './retention.js';
import { RunCancellation } from './run-cancellation.js';
import { RunRetry } from './run-retry.js';
import { StrandedRuns } from './stranded-runs.js';
import { WorkerLeases } from './worker-leases.js';
import { WorkflowEditing } from './workflow-editing.js';
import { WorkflowReader } from './workflow-reader.js';

const providers = [
  HeldRuns,
  HookResolution,
  IdempotencyPruning,
  PostgresEpochGrants,
  PromptSubmission,
  Retention,
  RunCancellation,
  RunRetry,
  StrandedRuns,
  WorkerLeases,
  WorkflowEditing,
  WorkflowReader,
];

const PROGRAM = Symbol('PROGRAM');

/** Says at the start when the role of the connection may do more, or less, than the program needs. Refuses nothing. */
@Injectable()
class RoleCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Database');

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(PROGRAM) private readonly program: Program,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // A database that goes away just now is told by everything else.
    const problems = await roleProblems(this.dataSource, this.program).catch(() => []);
    for (const problem of problems) this.logger.warn(problem);
  }
}

@Module({})
export class PersistenceModule {
  /** Global. The application starts when the database answers, after ten tries three seconds apart it gives up. */
  static forRoot({ program, ...options }: DatabaseOptions & { program: Program }): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      imports: [TypeOrmModule.forRoot(dataSourceOptions(options))],
      providers: [...providers, { provide: PROGRAM, useValue: program }, RoleCheck],
      exports: providers,
    };
  }
}
