/**
 * Apollo as the transport of workflow sessions. Owns the mapping from answers to the session's shapes and from errors to
 * losses; keeps nothing in the cache, because a stream is not a document.
 */
import { CombinedGraphQLErrors, ServerError } from '@apollo/client';
import {
  lossOfClose,
  type MessagePart,
  type ReceivedEvent,
  TransportError,
  type TransportLoss,
  type WorkflowSnapshot,
  type WorkflowTransport,
} from '#libs/client';
import { type FragmentType, readFragment } from '../__generated__/fragment-masking.js';
import type { SessionGraphNodeFragment, SessionStreamSubscription } from '../__generated__/graphql.js';
import type { Network } from './apollo-client.js';
import { GraphNodeFragment, WorkflowDocument, WorkflowFragment, WorkflowStreamDocument } from './workflow-documents.js';

type EventData = SessionStreamSubscription['workflowStream']['events'][number];

function nodeOf(masked: FragmentType<typeof GraphNodeFragment>) {
  const node: SessionGraphNodeFragment = readFragment(GraphNodeFragment, masked);
  return { ...node, parameters: node.parameters as Record<string, unknown> };
}

function roleOf(role: string): 'user' | 'assistant' | 'system' {
  return role === 'user' || role === 'system' ? role : 'assistant';
}

function snapshotOf(masked: FragmentType<typeof WorkflowFragment>): WorkflowSnapshot {
  const { latestRun, graph, messages, promptLock, ...rest } = readFragment(WorkflowFragment, masked);
  return {
    ...rest,
    promptLock: promptLock ?? null,
    run: latestRun ? { ...latestRun, error: latestRun.error ?? null } : null,
    steps: [],
    messages: messages.map(({ run, role, parts, ...message }) => ({
      ...message,
      role: roleOf(role),
      runId: run?.id ?? null,
      // The schema promises parts of the AI SDK, which GraphQL can only call JSON.
      parts: parts as MessagePart[],
    })),
    graph: {
      revision: graph.revision,
      nodes: graph.nodes.map(nodeOf),
      edges: graph.edges.map((edge) => ({ ...edge, branch: edge.branch ?? null })),
      issues: graph.issues.map(issueOf),
    },
  };
}

type IssueData = Extract<EventData, { __typename: 'GraphPatched' }>['issues'][number];

function issueOf(issue: IssueData) {
  return { ...issue, nodeId: issue.nodeId ?? null, edgeId: issue.edgeId ?? null, path: issue.path ?? null };
}

/** `null` for events that the page does not show. */
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
    case 'StepChanged':
      return {
        type: 'step',
        step: {
          ...event.step,
          error: event.step.error ?? null,
          startedAt: event.step.startedAt ?? null,
          finishedAt: event.step.finishedAt ?? null,
        },
      };
    case 'GraphPatched':
      return {
        type: 'graph',
        revision: event.revision,
        upsertNodes: event.upsertNodes.map(nodeOf),
        removeNodeIds: event.removeNodeIds,
        upsertEdges: event.upsertEdges.map((edge) => ({ ...edge, branch: edge.branch ?? null })),
        removeEdgeIds: event.removeEdgeIds,
        issues: event.issues.map(issueOf),
      };
    case 'AttemptFailed':
      return {
        type: 'attempt-failed',
        runId: event.runId,
        attempt: event.attempt,
        message: event.message,
        willRetry: event.willRetry,
        nextRetryAt: event.nextRetryAt ?? null,
      };
    case 'HookChanged':
      return null;
  }
}

const unreachable: TransportLoss = {
  kind: 'retryable',
  message: 'The server cannot be reached at the moment. Trying again.',
};

function lossOfErrors(error: CombinedGraphQLErrors): TransportLoss {
  const [first] = error.errors;
  const code = first?.extensions?.code;
  if (code === 'NOT_FOUND') return { kind: 'not-found', message: 'There is no such workflow.' };
  const retryable = first?.extensions?.retryable !== false || code === 'INTERNAL';
  return { kind: retryable ? 'retryable' : 'fatal', message: first?.message ?? unreachable.message };
}

/** @param closeCode the code with which the socket closed last, for errors that are a closed socket */
function lossOf(error: unknown, closeCode: number | null, closeReason: string): TransportLoss {
  if (CombinedGraphQLErrors.is(error)) return lossOfErrors(error);
  if (ServerError.is(error) && error.statusCode >= 400 && error.statusCode < 500 && error.statusCode !== 429) {
    return { kind: 'fatal', message: 'The server refused to answer this page. Reload it and try again.' };
  }
  return closeCode === null ? unreachable : lossOfClose(closeCode, closeReason);
}

/** How long one read may take before it is tried again. */
const LOAD_MS = 20_000;

export function createWorkflowTransport({ client, lastClose }: Network): WorkflowTransport {
  return {
    async loadWorkflow(workflowId) {
      try {
        const { data } = await client.query({
          query: WorkflowDocument,
          variables: { id: workflowId },
          fetchPolicy: 'no-cache',
          context: { fetchOptions: { signal: AbortSignal.timeout(LOAD_MS) } },
        });
        return data?.workflow ? snapshotOf(data.workflow) : null;
      } catch (error) {
        throw new TransportError(lossOf(error, null, ''));
      }
    },

    subscribe({ workflowId, cursor }, sink) {
      let over = false;
      const lose = (loss: TransportLoss) => {
        if (over) return;
        over = true;
        sink.lost(loss);
      };
      const subscription = client
        .subscribe({ query: WorkflowStreamDocument, variables: { workflowId, cursor }, fetchPolicy: 'no-cache' })
        .subscribe({
          next({ data, error }) {
            if (error) {
              const { code, reason } = lastClose();
              lose(lossOf(error, code, reason));
            } else if (data && !over) {
              const { workflowStream: batch } = data;
              const events = batch.events.map(eventOf).filter((event) => event !== null);
              sink.next({ cursor: batch.cursor, caughtUp: batch.caughtUp, events });
            }
          },
          error(error: unknown) {
            const { code, reason } = lastClose();
            lose(lossOf(error, code, reason));
          },
          complete: () => lose({ kind: 'retryable', message: 'The server ended the stream. Reconnecting.' }),
        });
      return () => {
        over = true;
        subscription.unsubscribe();
      };
    },
  };
}
