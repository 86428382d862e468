/** The `workflow` field of a run. It is here because the workflows module depends on runs, and not the other way round. */
import { Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { ApiError } from '../graphql/api-error.js';
import { RunObject } from '../runs/run.type.js';
import { WorkflowObject } from './workflow.type.js';
import { WorkflowLoading } from './workflow-loading.service.js';

@Resolver(() => RunObject)
export class RunWorkflowResolver {
  constructor(private readonly loading: WorkflowLoading) {}

  @ResolveField('workflow', () => WorkflowObject, { description: 'The workflow that the run belongs to.' })
  async workflow(@Parent() run: RunObject, @Info() info: GraphQLResolveInfo): Promise<WorkflowObject> {
    const workflow = await this.loading.selected(run.ownerId, run.workflowId, info);
    if (workflow === null) throw new ApiError('NOT_FOUND', 'The workflow was deleted in the meantime.');
    return workflow;
  }
}
