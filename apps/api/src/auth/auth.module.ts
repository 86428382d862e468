import { Module } from '@nestjs/common';
import { ViewerAuthentication } from './local-viewer.js';
import { ViewerQueriesResolver } from './viewer-queries.resolver.js';

@Module({ providers: [ViewerAuthentication, ViewerQueriesResolver], exports: [ViewerAuthentication] })
export class AuthModule {}
