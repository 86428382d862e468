/** The mutation on hooks: checks the id, makes one call and maps its result. */
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { isId } from '#libs/contracts';
import type { ResolveHookResult } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { refusal, userError } from '../graphql/user-error.type.js';
import { HookObject } from './hook.type.js';
import { closedBecause, HookAnswers } from './hook-answers.service.js';
import { ResolveHookInput, ResolveHookPayload } from './hook-mutations.type.js';
import { presentHook } from './run.presenter.js';

@Resolver(() => HookObject)
export class HookMutationsResolver {
  constructor(private readonly answers: HookAnswers) {}

  @Mutation(() => ResolveHookPayload, {
    description:
      'Answers a hook, so that its run continues. The first answer wins; repeating the same answer is fine. An answer that does not fit the schema changes nothing.',
  })
  async resolveHook(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => ResolveHookInput, description: 'The hook and the answer.' }) input: ResolveHookInput,
  ): Promise<ResolveHookPayload> {
    if (!isId('hook', input.hookId)) return present({ kind: 'not-found' });
    const place = { ownerId: viewer.userId, hookId: input.hookId };
    return present(await this.answers.resolve(place, input.payload, viewer.userId));
  }
}

function present(result: ResolveHookResult): ResolveHookPayload {
  switch (result.kind) {
    case 'resolved':
      return { hook: presentHook(result.hook), userErrors: [] };
    case 'not-found':
      return refusal('NOT_FOUND', 'Question not found, or it isn’t yours.', ['input', 'hookId']);
    case 'invalid':
      return {
        userErrors: result.problems.map(({ path, message }) =>
          userError('VALIDATION', message, ['input', 'payload', ...path.map(String)]),
        ),
      };
    case 'answered':
    case 'closed':
      return { hook: presentHook(result.hook), ...refusal('CONFLICT', closedBecause[result.hook.status]) };
  }
}
