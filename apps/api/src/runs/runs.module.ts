import { Module } from '@nestjs/common';
import { WorkflowLoadingModule } from '../workflows/workflow-loading.module.js';
import { RunCanceling } from './run-canceling.js';
import { RunDispatching } from './run-dispatching.js';
import { RunFieldsResolver } from './run-fields.resolver.js';
import { RunMutationsResolver } from './run-mutations.resolver.js';
import { RunQueriesResolver } from './run-queries.resolver.js';
import { HookFieldsResolver, RunEventFieldsResolver, StepFieldsResolver } from './step-fields.resolver.js';

@Module({
  imports: [WorkflowLoadingModule],
  providers: [
    RunQueriesResolver,
    RunFieldsResolver,
    StepFieldsResolver,
    RunEventFieldsResolver,
    HookFieldsResolver,
    RunMutationsResolver,
    RunCanceling,
    RunDispatching,
  ],
  exports: [RunDispatching],
})
export class RunsModule {}
