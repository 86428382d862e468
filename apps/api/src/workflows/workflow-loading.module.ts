import { Module } from '@nestjs/common';
import { RowsModule } from '../graphql/rows.module.js';
import { WorkflowLoading } from './workflow-loading.js';

@Module({ imports: [RowsModule], providers: [WorkflowLoading], exports: [WorkflowLoading, RowsModule] })
export class WorkflowLoadingModule {}
