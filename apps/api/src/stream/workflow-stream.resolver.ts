/** The subscription to one workflow: authorises, decodes the cursor, subscribes. */
import { Logger } from '@nestjs/common';
import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import {
  type Cursor,
  cursorParts,
  decodeCursor,
  isId,
  type SnapshotReason,
  type UserId,
  type WorkflowId,
} from '#libs/contracts';
import { WorkflowReader, type WorkflowSnapshot } from '#libs/persistence';
import { WorkflowTails } from '#libs/stream';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { ApiError } from '../graphql/api-error.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { MappedIterator } from '../graphql/mapped-iterator.js';
import { CursorScalar } from '../graphql/scalars.js';
import { LogReplacement } from './log-replacement.service.js';
import { presentEvents, presentSnapshotBatch } from './stream.presenter.js';
import { StreamBatchObject } from './stream-batch.type.js';

@Resolver(() => StreamBatchObject)
export class WorkflowStreamResolver {
  private readonly logger = new Logger(WorkflowStreamResolver.name);

  constructor(
    private readonly reader: WorkflowReader,
    private readonly tails: WorkflowTails,
    private readonly logs: LogReplacement,
  ) {}

  @Subscription(() => StreamBatchObject, {
    description:
      'Everything that happens to a workflow after `cursor`, once and in order. Without a cursor, or with one that the stream no longer holds, it begins with a snapshot. Resubscribe from the cursor of the last batch.',
    resolve: (batch: StreamBatchObject) => batch,
  })
  async workflowStream(
    @CurrentViewer() { userId }: Viewer,
    @Args('workflowId', { type: () => ID, description: 'The workflow to follow.' }) workflowId: string,
    @Args('cursor', {
      type: () => CursorScalar,
      nullable: true,
      description: 'Where to continue: `Workflow.cursor` from a query, or `StreamBatch.cursor` from the last batch.',
    })
    text: string | null,
  ): Promise<AsyncIterableIterator<StreamBatchObject>> {
    const workflow = isId('workflow', workflowId) ? await this.reader.workflow(userId, workflowId) : null;
    if (!isId('workflow', workflowId) || workflow === null) {
      throw new ApiError('NOT_FOUND', 'Workflow not found, or it isn’t yours.');
    }
    const { cursor, isForeign } = startOf(workflowId, text ?? null);
    this.logger.log({ msg: 'subscribed to a workflow', workflowId, cursor });
    const deliveries = this.tails.subscribe<WorkflowSnapshot>({
      workflowId,
      cursor,
      epoch: cursorParts(workflow.cursor).epoch,
      replaceLog: (open) => this.logs.replace(workflowId, open),
      loadSnapshot: () => this.loadSnapshot(userId, workflowId),
    });
    return new MappedIterator(deliveries, (delivery) =>
      delivery.kind === 'snapshot'
        ? presentSnapshotBatch(reasonFor(delivery.reason, isForeign), delivery.snapshot, delivery.events)
        : presentEvents(
            { workflowId, ownerId: userId, cursor: delivery.cursor, caughtUp: delivery.caughtUp },
            delivery.events,
          ),
    );
  }

  private async loadSnapshot(
    ownerId: UserId,
    workflowId: WorkflowId,
  ): Promise<{ cursor: Cursor; snapshot: WorkflowSnapshot } | null> {
    const snapshot = await this.reader.workflowSnapshot(ownerId, workflowId);
    return snapshot === null ? null : { cursor: snapshot.workflow.cursor, snapshot };
  }
}

/** A subscriber without a cursor gets its first snapshot, and only that one, as INITIAL. */
function reasonFor(reason: SnapshotReason, isForeign: boolean): SnapshotReason {
  return isForeign && reason === 'INITIAL' ? 'CURSOR_UNKNOWN' : reason;
}

/** The cursor to continue from. A cursor of another workflow counts as none, and the client is told so. */
function startOf(workflowId: WorkflowId, text: string | null): { cursor: Cursor | null; isForeign: boolean } {
  if (text === null) return { cursor: null, isForeign: false };
  const decoded = decodeCursor(workflowId, text);
  switch (decoded.kind) {
    case 'cursor':
      return { cursor: decoded.cursor, isForeign: false };
    case 'foreign':
      return { cursor: null, isForeign: true };
    case 'malformed':
      throw new ApiError('BAD_USER_INPUT', '`cursor` is not a cursor of this API.');
  }
}
