/** Fields of messages and prompt locks that are costly or resolved separately. */
import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { UIMessage } from 'ai';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { Loaders } from '../graphql/loaders.service.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { JsonScalar } from '../graphql/scalars.js';
import { presentRun } from '../runs/run.presenter.js';
import { RunObject } from '../runs/run.type.js';
import { MessageObject } from './message.type.js';
import { foldInTurn, foldParts } from './message-folding.js';
import { PromptLockObject } from './workflow.type.js';

@Resolver(() => MessageObject)
export class MessageFieldsResolver {
  constructor(private readonly loaders: Loaders) {}

  @ResolveField('parts', () => [JsonScalar], {
    complexity: 20,
    description: 'The `parts` of an AI SDK UIMessage, folded from `chunks`, ready to display.',
  })
  parts(
    @Parent() { id, chunks }: MessageObject,
    @Context() { budget }: Pick<OperationContext, 'budget'>,
  ): Promise<UIMessage['parts']> {
    return foldInTurn(() => {
      budget.check();
      return foldParts(id, chunks);
    });
  }

  @ResolveField('run', () => RunObject, { nullable: true, description: 'The run that this message belongs to.' })
  async run(@Parent() message: MessageObject, @CurrentViewer() viewer: Viewer): Promise<RunObject | null> {
    const run = message.run ?? (await this.loaders.run.load({ ownerId: viewer.userId, id: message.runId }));
    return run === null ? null : presentRun(run);
  }
}

@Resolver(() => PromptLockObject)
export class PromptLockFieldsResolver {
  constructor(private readonly loaders: Loaders) {}

  @ResolveField('run', () => RunObject, { nullable: true, description: 'The run that holds the lock.' })
  async run(@Parent() lock: PromptLockObject): Promise<RunObject | null> {
    if (lock.runId === null) return null;
    const run = lock.run ?? (await this.loaders.run.load({ ownerId: lock.ownerId, id: lock.runId }));
    return run === null ? null : presentRun(run);
  }
}
