/** Fields of a workflow that are resolved separately. What the snapshot holds is taken from it and not read again. */
import { Args, Context, Info, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { limits } from '#libs/contracts';
import { exportGraph, type GraphExport } from '#libs/graph';
import { WorkflowReader } from '#libs/persistence';
import { ApiError } from '../graphql/api-error.js';
import type { ConnectionShape } from '../graphql/connection.type.js';
import { ExportFormatEnum } from '../graphql/enums.js';
import { Loaders } from '../graphql/loaders.service.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { PageArgs, pageRequest, presentConnection } from '../graphql/paging.js';
import { selectsOfNodes } from '../graphql/selection.js';
import { presentRun } from '../runs/run.presenter.js';
import { RunConnection, RunObject } from '../runs/run.type.js';
import { presentGraph, presentRevision } from './graph.presenter.js';
import { GraphObject, RevisionConnection, type RevisionObject } from './graph.type.js';
import { MessageConnection, type MessageObject } from './message.type.js';
import {
  MessagePageArgs,
  makeRoomForLongRun,
  messagePageRequest,
  pageOfConversation,
  presentMessages,
} from './message-paging.js';
import { WorkflowObject } from './workflow.type.js';
import { WorkflowExportObject } from './workflow-export.type.js';

@Resolver(() => WorkflowObject)
export class WorkflowFieldsResolver {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loaders: Loaders,
  ) {}

  @ResolveField('messages', () => MessageConnection, {
    description: `The conversation as of \`cursor\`, oldest first; its newest part by default. A page may be shorter than requested although there is more: it holds at most ${limits.messagePageBytes / 1024} KiB of chunks, unless one run alone has more, and the newest one at most ${limits.snapshotMessages} messages.`,
  })
  async messages(
    @Parent() workflow: WorkflowObject,
    @Args() args: MessagePageArgs,
    @Info() info: GraphQLResolveInfo,
    @Context() { budget }: Pick<OperationContext, 'budget'>,
  ): Promise<ConnectionShape<MessageObject>> {
    const { snapshot } = workflow;
    // Workflows are loaded as snapshots whenever messages are selected, so this is a bug and not the request's fault.
    if (snapshot === null) throw new Error(`messages of ${workflow.id} were asked for without a snapshot`);
    const request = messagePageRequest(args);
    const page = await pageOfConversation(this.reader, snapshot, request);
    makeRoomForLongRun(budget, page, info);
    return presentMessages(page, request, snapshot);
  }

  @ResolveField('graph', () => GraphObject, { description: 'The graph as of `cursor`, or an earlier revision of it.' })
  async graph(
    @Parent() { view }: WorkflowObject,
    @Args('revision', {
      type: () => Int,
      nullable: true,
      description: 'A stored revision; the current one if absent.',
    })
    revision: number | null,
  ): Promise<GraphObject> {
    if (revision === null || revision === undefined || revision === view.graphRevision) {
      return presentGraph(view.graph, view.graphRevision, view.graphIssues);
    }
    const stored = await this.reader.revision(view.ownerId, view.id, revision);
    if (stored === null) throw new ApiError('NOT_FOUND', 'This workflow has no such revision.');
    return presentGraph(stored.graph, stored.revision, stored.issues);
  }

  @ResolveField('revisions', () => RevisionConnection, { description: 'Stored revisions of the graph, newest first.' })
  async revisions(
    @Parent() { view }: WorkflowObject,
    @Args() page: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConnectionShape<RevisionObject>> {
    const request = pageRequest(page, 'graphRevision');
    const graphs = selectsOfNodes(info, ['graph']);
    const revisions = await this.reader.revisions(view.ownerId, view.id, request, { graphs });
    return presentConnection(revisions, request, presentRevision);
  }

  @ResolveField('export', () => WorkflowExportObject, {
    // Writing a large graph takes tens of milliseconds, which nobody may ask for a hundred times at once.
    complexity: 4_000,
    description:
      'The graph as of `cursor` in the format of another tool, with a list of what that format cannot express. The same file is at `/workflows/<id>/export`.',
  })
  export(
    @Parent() { view }: WorkflowObject,
    @Args('format', { type: () => ExportFormatEnum, description: 'How it is written.' })
    format: keyof typeof ExportFormatEnum,
  ): GraphExport {
    return exportGraph(view, format.toLowerCase() as Lowercase<typeof format>);
  }

  @ResolveField('activeRun', () => RunObject, {
    nullable: true,
    description: 'The run that is queued, running or waiting.',
  })
  async activeRun(@Parent() { view, snapshot }: WorkflowObject): Promise<RunObject | null> {
    if (view.activeRunId === null) return null;
    const run =
      snapshot === null
        ? await this.loaders.run.load({ ownerId: view.ownerId, id: view.activeRunId })
        : snapshot.activeRun;
    return run === null ? null : presentRun(run);
  }

  @ResolveField('latestRun', () => RunObject, {
    nullable: true,
    description:
      'The newest run, whatever its state. It explains why a workflow is FAILED, and is the one that can be retried.',
  })
  async latestRun(@Parent() { view, snapshot }: WorkflowObject): Promise<RunObject | null> {
    const run =
      snapshot === null
        ? await this.loaders.latestRun.load({ ownerId: view.ownerId, id: view.id })
        : snapshot.latestRun;
    return run === null ? null : presentRun(run);
  }

  @ResolveField('runs', () => RunConnection, { description: 'All runs of this workflow, newest first.' })
  async runs(@Parent() { view }: WorkflowObject, @Args() page: PageArgs): Promise<ConnectionShape<RunObject>> {
    const request = pageRequest(page, 'run');
    return presentConnection(
      await this.reader.runs(view.ownerId, request, { workflowId: view.id }),
      request,
      presentRun,
    );
  }
}
