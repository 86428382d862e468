/**
 * Provides persistence to a Nest application: one data source and the classes that use it. Closes the data source at
 * shutdown, through TypeORM's module; never migrates.
 */
import { type DynamicModule, Inject, Injectable, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Accounts } from './accounts.js';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { type Program, roleProblems } from './database-roles.js';
import { PostgresEpochGrants } from './epoch-grants.js';
import { HeldRuns } from './held-runs.js';
import { HookResolution } from './hook-resolution.js';
import { IdempotencyPruning } from './idempotency-pruning.js';
import { OneTimeLinks } from './one-time-links.js';
import { PromptSubmission } from './prompt-submission.js';
import { Retention } from './retention.js';
import { RunCancellation } from './run-cancellation.js';
import { RunRetry } from './run-retry.js';
import { SignInRecords } from './sign-in-records.js';
import { StrandedRuns } from './stranded-runs.js';
import { WorkerLeases } from './worker-leases.js';
import { WorkflowEditing } from './workflow-editing.js';
import { WorkflowReader } from './workflow-reader.js';

const providers = [
  Accounts,
  HeldRuns,
  HookResolution,
  IdempotencyPruning,
  OneTimeLinks,
  PostgresEpochGrants,
  PromptSubmission,
  Retention,
  RunCancellation,
  RunRetry,
  SignInRecords,
  StrandedRuns,
  WorkerLeases,
  WorkflowEditing,
  WorkflowReader,
];

const PROGRAM = Symbol('PROGRAM');

/** Warns at startup when the connection's role has more or fewer rights than the program needs. Refuses nothing. */
@Injectable()
class RoleCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Database');

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(PROGRAM) private readonly program: Program,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // If the database goes away at this moment, everything else reports it.
    const problems = await roleProblems(this.dataSource, this.program).catch(() => []);
    for (const problem of problems) this.logger.warn(problem);
  }
}

@Module({})
export class PersistenceModule {
  /** Global. The application starts once the database answers, and gives up after ten tries, three seconds apart. */
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
