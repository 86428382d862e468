/**
 * The GraphQL transport of workflow sessions: one read over HTTP, one subscription over the socket. Decides what a session
 * does about each failure.
 */
import { StreamDocument, type StreamSubscription } from './__generated__/graphql.js';
import { batchOf } from './answers.js';
import { type GraphqlErrorAnswer, type HoldfastFailure, isHoldfastFailure, requestErrorOf } from './errors.js';
import { lossOfClose } from './live-socket.js';
import type { SubscribingSocket } from './live-sockets.js';
import {
  TransportError,
  type TransportLoss,
  type WorkflowSnapshot,
  type WorkflowTransport,
} from './workflow-transport.port.js';

const unreachable: TransportLoss = {
  kind: 'retryable',
  message: 'The server cannot be reached at the moment. Trying again.',
};

/** A fault of the server is usually temporary, and a viewer can only wait for it, so the session retries. */
function lossOfFailure(failure: HoldfastFailure): TransportLoss {
  if (failure.kind === 'network') return unreachable;
  if (failure.code === 'NOT_FOUND') return { kind: 'not-found', message: 'Workflow not found.' };
  const comesBack = failure.retryable || failure.code === 'INTERNAL';
  if (!comesBack) return { kind: 'fatal', message: failure.message };
  return { kind: 'retryable', message: failure.message, retryAfterMs: failure.retryAfterMs };
}

/**
 * What a session should do after its subscription ended.
 * @param error as graphql-ws reports it: the server's errors, the socket's close event, or a failure to open it
 */
export function lossOfSocket(error: unknown): TransportLoss {
  if (Array.isArray(error)) return lossOfFailure(requestErrorOf(error as GraphqlErrorAnswer[]));
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number') {
    const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : '';
    return lossOfClose(error.code, reason);
  }
  return unreachable;
}

export interface GraphqlTransportOptions {
  /** Reads the workflow; `null` when there is none. */
  loadWorkflow: (workflowId: string) => Promise<WorkflowSnapshot | null>;
  /** Reads the messages before a cursor; `null` when there is no such workflow. */
  loadMessages: WorkflowTransport['loadMessages'];
  socket: SubscribingSocket;
  /** See `WorkflowTransport`. */
  startAfresh?: () => void;
}

/** Timeout for the first batch of a subscription, which the server sends even when nothing has happened. */
const FIRST_BATCH_MS = 20_000;

async function orLoss<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new TransportError(isHoldfastFailure(error) ? lossOfFailure(error) : unreachable);
  }
}

export function createGraphqlTransport({
  loadWorkflow,
  loadMessages,
  socket,
  startAfresh,
}: GraphqlTransportOptions): WorkflowTransport {
  return {
    loadWorkflow: (workflowId) => orLoss(loadWorkflow(workflowId)),
    loadMessages: (request) => orLoss(loadMessages(request)),
    ...(startAfresh && { startAfresh }),

    subscribe({ workflowId, cursor }, sink) {
      let over = false;
      const deadline = setTimeout(() => {
        lose(unreachable);
        end();
      }, FIRST_BATCH_MS);
      const lose = (loss: TransportLoss) => {
        clearTimeout(deadline);
        if (over) return;
        over = true;
        sink.lost(loss);
      };
      // After a close with code 1000, graphql-ws subscribes again by itself with these same variables, so they must contain
      // the last applied cursor, not the first one.
      let applied = cursor;
      const variables = {
        workflowId,
        get cursor() {
          return applied;
        },
      };
      const end = socket.subscribe<StreamSubscription>(
        { query: StreamDocument.toString(), variables },
        {
          next({ data, errors }) {
            clearTimeout(deadline);
            if (errors?.length) {
              lose(lossOfFailure(requestErrorOf(errors)));
              end();
            } else if (data && !over) {
              sink.next(batchOf(data.workflowStream));
              applied = data.workflowStream.cursor;
            }
          },
          error: (error) => lose(lossOfSocket(error)),
          complete: () => lose({ kind: 'retryable', message: 'The server ended the stream. Reconnecting.' }),
        },
      );
      return () => {
        clearTimeout(deadline);
        over = true;
        end();
      };
    },
  };
}
