import { Module } from '@nestjs/common';
import { ErrorReporting } from './error-reporting.service.js';
import { Loaders } from './loaders.service.js';

@Module({ providers: [ErrorReporting, Loaders], exports: [ErrorReporting, Loaders] })
export class GraphqlServicesModule {}
