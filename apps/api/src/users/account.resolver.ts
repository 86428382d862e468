/** The viewer's own account: who they are here, where they are signed in, and ending that. */
import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { isId } from '#libs/contracts';
import { Accounts, type SessionView } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { ApiError } from '../graphql/api-error.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { userError } from '../graphql/user-error.type.js';
import { AccountObject, EndSessionsInput, EndSessionsPayload, SessionObject } from './account.type.js';

@Resolver(() => AccountObject)
export class AccountResolver {
  constructor(private readonly accounts: Accounts) {}

  @Query(() => AccountObject, { description: 'The viewer’s own account.' })
  async account(@CurrentViewer() viewer: Viewer): Promise<AccountObject> {
    const account = await this.accounts.account(viewer.userId);
    if (account === null) throw new ApiError('UNAUTHENTICATED');
    const { email, role, ...user } = account;
    return { user, email, role, scopes: viewer.scopes, isLocal: viewer.via === 'local' };
  }

  @ResolveField(() => [SessionObject], { complexity: 50, description: 'Where the viewer is signed in, newest first.' })
  sessions(@Parent() _account: AccountObject, @CurrentViewer() viewer: Viewer): Promise<SessionObject[]> {
    return this.sessionsOf(viewer);
  }

  @Mutation(() => EndSessionsPayload, {
    description: 'Signs the viewer out, everywhere or in one place. Open subscriptions end within 5 seconds.',
  })
  async endSessions(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => EndSessionsInput, description: 'The sessions to end.' }) {
      sessionId,
    }: EndSessionsInput,
  ): Promise<EndSessionsPayload> {
    if (sessionId == null) {
      await this.accounts.endSessions(viewer.userId);
      return { sessions: [], userErrors: [] };
    }
    const ended = isId('session', sessionId) && (await this.accounts.endSession(viewer.userId, sessionId));
    const sessions = await this.sessionsOf(viewer);
    if (ended) return { sessions, userErrors: [] };
    return {
      sessions,
      userErrors: [userError('NOT_FOUND', 'That session has ended already.', ['input', 'sessionId'])],
    };
  }

  private async sessionsOf({ userId, proof }: Viewer): Promise<SessionObject[]> {
    const rows = await this.accounts.sessions(userId);
    return rows.map((row) => presentSession(row, row.id === proof?.id));
  }
}

function presentSession(row: SessionView, current: boolean): SessionObject {
  return {
    id: row.id,
    current,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    address: row.ipAddress,
    userAgent: row.userAgent,
  };
}
