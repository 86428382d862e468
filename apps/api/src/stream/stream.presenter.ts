/**
 * Maps what the stream delivers to what `workflowStream` answers. Events shared by several subscribers are mapped once, so
 * that they can also be executed once.
 */
import {
  type AppendableEvent,
  type ChunksEvent,
  type Cursor,
  encodeCursor,
  type SnapshotReason,
  type UIMessageChunk,
  type UserId,
  type WorkflowId,
} from '#libs/contracts';
import type { WorkflowSnapshot } from '#libs/persistence';
import { StoredChunks } from '#libs/stream';
import { presentHookEvent, presentStepSummary } from '../runs/run.presenter.js';
import { presentPromptLock, presentWorkflow } from '../workflows/workflow.presenter.js';
import { preserialisedList } from './preserialised-json.js';
import type { MessageChunksObject, StreamBatchObject, StreamEventObject } from './stream-batch.type.js';

/** The text deltas among chunks, joined in order. */
export function textDeltaOf(chunks: readonly UIMessageChunk[]): string {
  let text = '';
  for (const chunk of chunks) if (chunk.type === 'text-delta') text += chunk.delta;
  return text;
}

/** Chunks that are still serialised stay so, and are parsed only when a client asks for their deltas. */
function presentChunks(event: ChunksEvent): MessageChunksObject {
  return {
    __typename: 'MessageChunks',
    messageId: event.messageId,
    runId: event.runId,
    index: event.index ?? null,
    chunks: event instanceof StoredChunks ? (preserialisedList(event.items) as UIMessageChunk[]) : event.chunks,
    get textDelta() {
      return textDeltaOf(event.chunks);
    },
  };
}

function presentEvent(event: AppendableEvent, ownerId: UserId): StreamEventObject {
  switch (event.type) {
    case 'chunks':
      return presentChunks(event);
    case 'status':
      return {
        __typename: 'StatusChanged',
        runId: event.runId,
        status: event.status,
        runStatus: event.runStatus,
        // When the run has ended it locks nothing: the workflow is busy with a later one.
        promptLock: presentPromptLock(event.status, {
          ownerId,
          since: event.at,
          runId: event.terminal ? null : event.runId,
        }),
        error: event.error,
        terminal: event.terminal,
        at: event.at,
      };
    case 'step':
      return { __typename: 'StepChanged', step: presentStepSummary(event.step) };
    case 'graph':
      return {
        __typename: 'GraphPatched',
        revision: event.revision,
        upsertNodes: event.upsertNodes,
        removeNodeIds: event.removeNodeIds,
        upsertEdges: event.upsertEdges,
        removeEdgeIds: event.removeEdgeIds,
        issues: event.issues,
      };
    case 'hook':
      return { __typename: 'HookChanged', hook: presentHookEvent(event.hook) };
    case 'attempt-failed':
      return {
        __typename: 'AttemptFailed',
        runId: event.runId,
        attempt: event.attempt,
        message: event.message,
        willRetry: event.willRetry,
        nextRetryAt: event.nextRetryAt,
        cause: event.cause ?? null,
      };
  }
}

/** Presented batches by their source object, dropped together with it. */
const presented = new WeakMap<object, Map<string, StreamBatchObject>>();

function presentOnce(source: object, key: string, present: () => StreamBatchObject): StreamBatchObject {
  let known = presented.get(source);
  if (!known) {
    known = new Map();
    presented.set(source, known);
  }
  const found = known.get(key);
  if (found) return found;
  const batch = present();
  known.set(key, batch);
  return batch;
}

/** A batch of events. Callers with the same `events` array get the same object. */
export function presentEvents(
  batch: { workflowId: WorkflowId; ownerId: UserId; cursor: Cursor; caughtUp: boolean },
  events: readonly AppendableEvent[],
): StreamBatchObject {
  const { workflowId, ownerId, cursor, caughtUp } = batch;
  return presentOnce(events, `${ownerId}/${cursor}/${caughtUp}`, () => {
    const objects = events.map((event) => presentEvent(event, ownerId));
    return { cursor: encodeCursor(workflowId, cursor), caughtUp, events: objects };
  });
}

/**
 * A batch that ends with a snapshot, after the events that the snapshot includes. What follows the snapshot's cursor comes
 * in later batches. Callers with the same snapshot, events and reason get the same object.
 */
export function presentSnapshotBatch(
  reason: SnapshotReason,
  snapshot: WorkflowSnapshot,
  before: readonly AppendableEvent[],
): StreamBatchObject {
  return presentOnce(snapshot, `${reason}/${JSON.stringify(before)}`, () => {
    const workflow = presentWorkflow(snapshot);
    const { ownerId } = snapshot.workflow;
    const events = before.map((event) => presentEvent(event, ownerId));
    return {
      cursor: workflow.cursor,
      caughtUp: false,
      events: [...events, { __typename: 'StreamSnapshot', reason, workflow }],
    };
  });
}
