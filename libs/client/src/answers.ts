/** Converts the server's answers to the client's own types. */
import type {
  MessageFieldsFragment,
  NodeFieldsFragment,
  OlderPageFieldsFragment,
  RunFieldsFragment,
  SnapshotFieldsFragment,
  StreamSubscription,
} from './__generated__/graphql.js';
import type { UIMessageChunk } from './contracts.js';
import type { AttemptFailureState, GraphNodeState, MessagePart, MessageState, RunState } from './workflow-state.js';
import type { MessagePage, ReceivedBatch, ReceivedEvent, WorkflowSnapshot } from './workflow-transport.port.js';

type EventData = StreamSubscription['workflowStream']['events'][number];

// GraphQL can only type parameters as JSON; the schema promises an object.
const nodesOf = (nodes: readonly NodeFieldsFragment[]) => nodes as readonly GraphNodeState[];

/** The run without what was asked for beside it. */
function runOf({ id, status, error, historyExpiredAt }: RunFieldsFragment): RunState {
  return { id, status, error, historyExpiredAt };
}

function attemptFailureOf({
  id,
  retrying,
}: NonNullable<SnapshotFieldsFragment['latestRun']>): AttemptFailureState | null {
  const last = retrying.nodes[0]?.attempts.at(-1);
  if (!last?.error) return null;
  const { number: attempt, error, nextRetryAt } = last;
  return { runId: id, attempt, message: error.message, willRetry: true, nextRetryAt };
}

function roleOf(role: string): MessageState['role'] {
  return role === 'user' || role === 'system' ? role : 'assistant';
}

interface MessagePageAnswer {
  nodes: readonly (MessageFieldsFragment & { chunks?: UIMessageChunk[] })[];
  pageInfo: OlderPageFieldsFragment;
}

export function messagePageOf({ nodes, pageInfo }: MessagePageAnswer): MessagePage {
  return {
    messages: nodes.map(({ run, role, parts, chunks = [], ...message }) => ({
      ...message,
      role: roleOf(role),
      runId: run?.id ?? null,
      // GraphQL can only type this as JSON; the schema promises parts of the AI SDK.
      parts: parts as MessagePart[],
      chunks,
    })),
    olderMessages: pageInfo.hasPreviousPage ? pageInfo.startCursor : null,
  };
}

export function snapshotOf({ latestRun, graph, messages, ...workflow }: SnapshotFieldsFragment): WorkflowSnapshot {
  return {
    ...workflow,
    run: latestRun && runOf(latestRun),
    hooks: latestRun?.hooks ?? [],
    steps: [],
    attemptFailure: latestRun && attemptFailureOf(latestRun),
    ...messagePageOf(messages),
    graph: { ...graph, nodes: nodesOf(graph.nodes) },
  };
}

/** `null` for an event type that this client does not know; a newer server may send one. */
function eventOf(event: EventData): ReceivedEvent | null {
  switch (event.__typename) {
    case 'StreamSnapshot':
      return { type: 'snapshot', reason: event.reason, workflow: snapshotOf(event.workflow) };
    case 'MessageChunks':
      return { type: 'chunks', messageId: event.messageId, runId: event.runId, chunks: event.chunks };
    case 'StatusChanged': {
      const { __typename: _, statusRunId: runId, ...status } = event;
      return { type: 'status', runId, ...status };
    }
    case 'StepChanged':
      return { type: 'step', step: event.step };
    case 'GraphPatched': {
      const { __typename: _, upsertNodes, ...patch } = event;
      return { type: 'graph', ...patch, upsertNodes: nodesOf(upsertNodes) };
    }
    case 'HookChanged':
      return { type: 'hook', hook: event.hook };
    case 'AttemptFailed': {
      const { __typename: _, ...failure } = event;
      return { type: 'attempt-failed', ...failure };
    }
    default:
      return null;
  }
}

export function batchOf({ cursor, caughtUp, events }: StreamSubscription['workflowStream']): ReceivedBatch {
  return { cursor, caughtUp, events: events.map(eventOf).filter((event) => event !== null) };
}
