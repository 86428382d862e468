/** Links that administrators make and pass on: for new people, and for people who have lost their password. */
import { Inject, Logger } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { z } from 'zod';
import { limits } from '#libs/contracts';
import { OneTimeLinks } from '#libs/persistence';
import { hashOf, newToken } from '../auth/secret-tokens.js';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { type UserErrorObject, userError } from '../graphql/user-error.type.js';
import { CreatePasswordLinkInput, InviteUserInput, OneTimeLinkPayload } from './invitation.type.js';

const address = z.email().max(limits.emailChars).toLowerCase();

@Resolver()
export class InvitationsResolver {
  private readonly logger = new Logger(InvitationsResolver.name);

  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly links: OneTimeLinks,
  ) {}

  @Mutation(() => OneTimeLinkPayload, {
    description: `Makes a link with which one person gets an account, within ${limits.invitationHours} hours. For administrators.`,
  })
  async inviteUser(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => InviteUserInput, description: 'Whom to invite.' }) input: InviteUserInput,
  ): Promise<OneTimeLinkPayload> {
    const refusal = this.refusalOf(viewer);
    if (refusal) return refused(refusal);
    if (this.environment.signUp === 'off') return refused(userError('FORBIDDEN', 'This server invites nobody.'));
    return this.created(viewer, 'INVITATION', input.email);
  }

  @Mutation(() => OneTimeLinkPayload, {
    description: `Makes a link with which somebody chooses a new password, within ${limits.resetHours} hour. For administrators.`,
  })
  async createPasswordLink(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => CreatePasswordLinkInput, description: 'Who needs a new password.' })
    input: CreatePasswordLinkInput,
  ): Promise<OneTimeLinkPayload> {
    const refusal = this.refusalOf(viewer);
    return refusal ? refused(refusal) : this.created(viewer, 'RESET', input.email);
  }

  private refusalOf({ via, scopes }: Viewer): UserErrorObject | null {
    if (!scopes.includes('ADMIN')) return userError('FORBIDDEN', 'Only administrators may do this.');
    return via === 'local' ? userError('FORBIDDEN', 'Nobody signs in here: this server has one local user.') : null;
  }

  private async created(viewer: Viewer, kind: 'INVITATION' | 'RESET', given: string): Promise<OneTimeLinkPayload> {
    const { data: email } = address.safeParse(given.trim());
    const field = ['input', 'email'];
    if (email === undefined) return refused(userError('VALIDATION', 'Enter an e-mail address.', field));
    const token = newToken();
    const created = await this.links.create({ kind, email }, hashOf(token));
    switch (created) {
      case 'unknown':
        return refused(userError('NOT_FOUND', 'Nobody signs in with this address.', field));
      case 'taken':
        return refused(userError('CONFLICT', 'Somebody signs in with this address already.', field));
      case 'full':
        return refused(
          userError('CONFLICT', `${limits.openInvitations} invitations are open. Wait until some expire.`),
        );
      case 'created': {
        this.logger.log({ msg: 'link created', kind, by: viewer.userId });
        const path = `/${kind === 'RESET' ? 'reset' : 'invite'}/${token}`;
        return { url: `${this.environment.publicUrl ?? ''}${path}`, userErrors: [] };
      }
    }
  }
}

function refused(error: UserErrorObject): OneTimeLinkPayload {
  return { url: null, userErrors: [error] };
}
