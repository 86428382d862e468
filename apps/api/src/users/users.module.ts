import { Module } from '@nestjs/common';
import { AccountResolver } from './account.resolver.js';
import { InvitationsResolver } from './invitations.resolver.js';
import { ViewerQueriesResolver } from './viewer-queries.resolver.js';

@Module({ providers: [ViewerQueriesResolver, AccountResolver, InvitationsResolver] })
export class UsersModule {}
