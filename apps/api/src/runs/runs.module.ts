import { Module } from '@nestjs/common';
import { GraphqlServicesModule } from '../graphql/graphql-services.module.js';
import { HookAnswers } from './hook-answers.service.js';
import { HookMutationsResolver } from './hook-mutations.resolver.js';
import { HooksController } from './hooks.controller.js';
import { RunFieldsResolver } from './run-fields.resolver.js';
import { RunMutationsResolver } from './run-mutations.resolver.js';
import { RunQueriesResolver } from './run-queries.resolver.js';
import { HookFieldsResolver, RunEventFieldsResolver, StepFieldsResolver } from './step-fields.resolver.js';

@Module({
  imports: [GraphqlServicesModule],
  controllers: [HooksController],
  providers: [
    HookMutationsResolver,
    HookAnswers,
    RunQueriesResolver,
    RunFieldsResolver,
    StepFieldsResolver,
    RunEventFieldsResolver,
    HookFieldsResolver,
    RunMutationsResolver,
  ],
})
export class RunsModule {}
