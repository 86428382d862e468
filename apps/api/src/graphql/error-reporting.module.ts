import { Module } from '@nestjs/common';
import { ErrorReporting } from './error-reporting.js';

@Module({ providers: [ErrorReporting], exports: [ErrorReporting] })
export class ErrorReportingModule {}
