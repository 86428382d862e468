import { Module } from '@nestjs/common';
import { ViewerQueriesResolver } from './viewer-queries.resolver.js';

@Module({ providers: [ViewerQueriesResolver] })
export class UsersModule {}
