import { Module } from '@nestjs/common';
import { LoadersModule } from '../graphql/loaders.module.js';
import { WorkflowLoading } from './workflow-loading.js';

@Module({ imports: [LoadersModule], providers: [WorkflowLoading], exports: [WorkflowLoading, LoadersModule] })
export class WorkflowLoadingModule {}
