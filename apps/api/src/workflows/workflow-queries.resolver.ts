import { Args, Context, ID, Info, Query, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { isId } from '#libs/contracts';
import { WorkflowReader } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import type { ConnectionShape } from '../graphql/connection.type.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { PageArgs, pageRequest, presentConnection } from '../graphql/paging.js';
import { selectsOfNodes } from '../graphql/selection.js';
import { presentWorkflowRow } from './workflow.presenter.js';
import { WorkflowConnection, WorkflowObject } from './workflow.type.js';
import { WorkflowLoading } from './workflow-loading.service.js';

@Resolver(() => WorkflowObject)
export class WorkflowQueriesResolver {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loading: WorkflowLoading,
  ) {}

  @Query(() => WorkflowObject, {
    nullable: true,
    description: 'One workflow; null if it does not exist or is not yours. You cannot tell which.',
  })
  async workflow(
    @CurrentViewer() viewer: Viewer,
    @Args('id', { type: () => ID, description: 'The id of the workflow.' }) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<WorkflowObject | null> {
    return isId('workflow', id) ? this.loading.selectedSnapshot(viewer.userId, id, info) : null;
  }

  @Query(() => WorkflowConnection, { description: 'Your workflows, newest first.' })
  async workflows(
    @CurrentViewer() viewer: Viewer,
    @Args() page: PageArgs,
    @Context() { budget }: Pick<OperationContext, 'budget'>,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionShape<WorkflowObject>> {
    const request = pageRequest(page, 'workflow');
    const rows = await this.reader.workflows(viewer.userId, request, {
      graphs: selectsOfNodes(info, ['graph', 'export']),
    });
    const objects = await this.loading.selectedRows(viewer.userId, rows.rows, info, budget);
    return presentConnection(rows, request, (row) => objects.get(row.id) ?? presentWorkflowRow(row));
  }
}
