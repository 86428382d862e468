/** `node(id)`: loads any object by its global id. */
import { Args, ID, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { isId } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { NodeObject } from '../graphql/node.type.js';
import { presentHook, presentRun, presentStep } from '../runs/run.presenter.js';
import { WorkflowLoading } from './workflow-loading.service.js';

@Resolver(() => NodeObject)
export class NodeQueriesResolver {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loading: WorkflowLoading,
  ) {}

  @Query(() => NodeObject, {
    nullable: true,
    description: 'Whatever has this id; null if it does not exist, is not yours, or is not an id.',
  })
  async node(
    @CurrentViewer() { userId }: Viewer,
    @Args('id', { type: () => ID, description: 'The id of a workflow, run, step, hook or user.' }) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<NodeObject | null> {
    if (isId('workflow', id)) return this.loading.selectedSnapshot(userId, id, info);
    if (isId('run', id)) return present(await this.reader.run(userId, id), presentRun);
    if (isId('step', id)) return present(await this.reader.step(userId, id), presentStep);
    if (isId('hook', id)) return present(await this.reader.hook(userId, id), presentHook);
    // Users see only themselves until workflows can be shared.
    if (isId('user', id)) return id === userId ? this.reader.user(id) : null;
    return null;
  }
}

function present<R, T>(row: R | null, map: (row: R) => T): T | null {
  return row === null ? null : map(row);
}
