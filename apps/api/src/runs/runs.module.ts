import { Module } from '@nestjs/common';
import { GraphqlServicesModule } from '../graphql/graphql-services.module.js';
import { HookMutationsResolver } from './hook-mutations.resolver.js';
import { HookResolving } from './hook-resolving.js';
import { HooksController } from './hooks.controller.js';
import { RunCanceling } from './run-canceling.js';
import { RunDispatching } from './run-dispatching.js';
import { RunFieldsResolver } from './run-fields.resolver.js';
import { RunMutationsResolver } from './run-mutations.resolver.js';
import { RunQueriesResolver } from './run-queries.resolver.js';
import { HookFieldsResolver, RunEventFieldsResolver, StepFieldsResolver } from './step-fields.resolver.js';

@Module({
  imports: [GraphqlServicesModule],
  controllers: [HooksController],
  providers: [
    HookMutationsResolver,
    HookResolving,
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
