/** Subscriptions to lists of workflows: on each change, reads the workflow and presents it. */
import { ID, Info, Resolver, Subscription } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { WorkflowId } from '#libs/contracts';
import { WorkflowChanges } from '#libs/stream';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { MappedIterator } from '../graphql/mapped-iterator.js';
import { WorkflowObject } from './workflow.type.js';
import { WorkflowLoading } from './workflow-loading.service.js';

@Resolver(() => WorkflowObject)
export class WorkflowSubscriptionsResolver {
  constructor(
    private readonly changes: WorkflowChanges,
    private readonly loading: WorkflowLoading,
  ) {}

  @Subscription(() => WorkflowObject, {
    description:
      'Each of your workflows that is created, renamed, or changes its status or graph, in its current state. Changes in quick succession are sent as one, and changes may be lost with a connection: reload the list after every reconnect, and now and then.',
    resolve: (workflow: WorkflowObject) => workflow,
  })
  workflowsChanged(
    @CurrentViewer() { userId }: Viewer,
    @Info() info: GraphQLResolveInfo,
  ): AsyncIterableIterator<WorkflowObject> {
    return new MappedIterator(this.changes.watch(userId), ({ workflowId, deleted }) =>
      deleted ? null : this.loading.selected(userId, workflowId, info),
    );
  }

  @Subscription(() => ID, {
    description: 'The id of each of your workflows that is deleted. Events may be lost, as with `workflowsChanged`.',
    resolve: (workflowId: WorkflowId) => workflowId,
  })
  workflowDeleted(@CurrentViewer() { userId }: Viewer): AsyncIterableIterator<WorkflowId> {
    return new MappedIterator(this.changes.watch(userId), ({ workflowId, deleted }) => (deleted ? workflowId : null));
  }
}
