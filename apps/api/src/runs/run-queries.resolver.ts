import { Args, ArgsType, Field, ID, Query, Resolver } from '@nestjs/graphql';
import { isId, type RunStatus } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import type { ConnectionShape } from '../graphql/connection.type.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { RunStatusEnum } from '../graphql/enums.js';
import { PageArgs, pageRequest, presentConnection } from '../graphql/paging.js';
import { presentRun } from './run.presenter.js';
import { RunConnection, RunObject } from './run.type.js';

@ArgsType()
export class RunsArgs extends PageArgs {
  @Field(() => [RunStatusEnum], { nullable: true, description: 'Only runs in one of these states; all if absent.' })
  status?: RunStatus[] | null;
}

@Resolver(() => RunObject)
export class RunQueriesResolver {
  constructor(private readonly reader: WorkflowReader) {}

  @Query(() => RunObject, { nullable: true, description: 'One run; null if it does not exist or is not yours.' })
  async run(
    @CurrentViewer() viewer: Viewer,
    @Args('id', { type: () => ID, description: 'The id of the run.' }) id: string,
  ): Promise<RunObject | null> {
    const run = isId('run', id) ? await this.reader.run(viewer.userId, id) : null;
    return run === null ? null : presentRun(run);
  }

  @Query(() => RunConnection, { description: 'Your runs in all workflows, newest first.' })
  async runs(@CurrentViewer() viewer: Viewer, @Args() args: RunsArgs): Promise<ConnectionShape<RunObject>> {
    const request = pageRequest(args, 'run');
    const filter = args.status ? { status: [...new Set(args.status)] } : {};
    return presentConnection(await this.reader.runs(viewer.userId, request, filter), request, presentRun);
  }
}
