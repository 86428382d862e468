/** Converts the server's answers to the client's own types. */
import type {
  EdgeFieldsFragment,
  HookFieldsFragment,
  IssueFieldsFragment,
  MessageFieldsFragment,
  NodeFieldsFragment,
  OlderPageFieldsFragment,
  RunFieldsFragment,
  SnapshotFieldsFragment,
  StreamSubscription,
} from './__generated__/graphql.js';
import type { UIMessageChunk } from './contracts.js';
import type {
  AttemptFailureState,
  GraphEdgeState,
  GraphIssueState,
  GraphNodeState,
  HookState,
  MessagePart,
  MessageState,
  RunState,
} from './workflow-state.js';
import type { MessagePage, ReceivedBatch, ReceivedEvent, WorkflowSnapshot } from './workflow-transport.port.js';

type EventData = StreamSubscription['workflowStream']['events'][number];

const nodeOf = (node: NodeFieldsFragment): GraphNodeState => ({
  ...node,
  // GraphQL can only type this as JSON; the schema promises an object.
  parameters: node.parameters as Record<string, unknown>,
});

const edgeOf = (edge: EdgeFieldsFragment): GraphEdgeState => ({ ...edge, branch: edge.branch ?? null });

const issueOf = (issue: IssueFieldsFragment): GraphIssueState => ({
  ...issue,
  nodeId: issue.nodeId ?? null,
  edgeId: issue.edgeId ?? null,
  path: issue.path ?? null,
});

export const hookOf = (hook: HookFieldsFragment): HookState => ({
  ...hook,
  payload: hook.payload ?? null,
  expiresAt: hook.expiresAt ?? null,
  resolvedAt: hook.resolvedAt ?? null,
  resolvedBy: hook.resolvedBy ?? null,
});

export const runOf = ({ id, status, error, historyExpiredAt }: RunFieldsFragment): RunState => ({
  id,
  status,
  error: error ?? null,
  historyExpiredAt: historyExpiredAt ?? null,
});

function attemptFailureOf({
  id,
  retrying,
}: NonNullable<SnapshotFieldsFragment['latestRun']>): AttemptFailureState | null {
  const last = retrying.nodes[0]?.attempts.at(-1);
  if (!last?.error) return null;
  const { number: attempt, error, nextRetryAt } = last;
  return { runId: id, attempt, message: error.message, willRetry: true, nextRetryAt: nextRetryAt ?? null };
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
    olderMessages: pageInfo.hasPreviousPage ? (pageInfo.startCursor ?? null) : null,
  };
}

export function snapshotOf(workflow: SnapshotFieldsFragment): WorkflowSnapshot {
  const { latestRun, graph, messages, promptLock, ...rest } = workflow;
  return {
    ...rest,
    promptLock: promptLock ?? null,
    run: latestRun ? runOf(latestRun) : null,
    hooks: latestRun?.hooks.map(hookOf) ?? [],
    steps: [],
    attemptFailure: latestRun ? attemptFailureOf(latestRun) : null,
    ...messagePageOf(messages),
    graph: {
      revision: graph.revision,
      nodes: graph.nodes.map(nodeOf),
      edges: graph.edges.map(edgeOf),
      issues: graph.issues.map(issueOf),
    },
  };
}

/** `null` for an event type that this client does not know; a newer server may send one. */
function eventOf(event: EventData): ReceivedEvent | null {
  switch (event.__typename) {
    case 'StreamSnapshot':
      return { type: 'snapshot', reason: event.reason, workflow: snapshotOf(event.workflow) };
    case 'MessageChunks':
      return { type: 'chunks', messageId: event.messageId, runId: event.runId, chunks: event.chunks };
    case 'StatusChanged':
      return {
        type: 'status',
        runId: event.statusRunId ?? null,
        status: event.status,
        runStatus: event.runStatus ?? null,
        promptLock: event.promptLock ?? null,
        error: event.error ?? null,
        terminal: event.terminal,
      };
    case 'StepChanged': {
      const { error = null, startedAt = null, finishedAt = null, ...step } = event.step;
      return { type: 'step', step: { ...step, error, startedAt, finishedAt } };
    }
    case 'GraphPatched':
      return {
        type: 'graph',
        revision: event.revision,
        upsertNodes: event.upsertNodes.map(nodeOf),
        removeNodeIds: event.removeNodeIds,
        upsertEdges: event.upsertEdges.map(edgeOf),
        removeEdgeIds: event.removeEdgeIds,
        issues: event.issues.map(issueOf),
      };
    case 'HookChanged':
      return { type: 'hook', hook: hookOf(event.hook) };
    case 'AttemptFailed': {
      const { __typename: _, nextRetryAt = null, ...failure } = event;
      return { type: 'attempt-failed', ...failure, nextRetryAt };
    }
    default:
      return null;
  }
}

export function batchOf({ cursor, caughtUp, events }: StreamSubscription['workflowStream']): ReceivedBatch {
  return { cursor, caughtUp, events: events.map(eventOf).filter((event) => event !== null) };
}
