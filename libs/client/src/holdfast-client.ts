/**
 * The client of a Holdfast server. It builds URLs and idempotency keys and decides which requests may be retried; sessions
 * follow workflows.
 */
import {
  CancelRunDocument,
  DeleteWorkflowDocument,
  MessagesDocument,
  NodeCatalogDocument,
  RenameWorkflowDocument,
  ResolveHookDocument,
  RetryRunDocument,
  ServerInfoDocument,
  SnapshotDocument,
  type SnapshotQuery,
  SubmitPromptDocument,
  WorkflowsDocument,
} from './__generated__/graphql.js';
import { messagePageOf, snapshotOf } from './answers.js';
import type {
  MessagePageRequest,
  NodeTypeInfo,
  PageRequest,
  PromptInput,
  ServerInfo,
  SubmittedPrompt,
  WorkflowPage,
  WorkflowSummary,
} from './client-answers.js';
import { deviceConnectivity } from './device.js';
import { type Refusal, RefusalError, RequestError } from './errors.js';
import { EventStreams } from './event-streams.js';
import { type HeadersSource, type HttpOptions, sendOperation, type TypedDocumentText } from './graphql-http.js';
import { createGraphqlTransport } from './graphql-transport.js';
import { LiveConnections } from './live-connections.js';
import { createLiveSocket } from './live-socket.js';
import { LiveSockets } from './live-sockets.js';
import { newIdempotencyKey, retrying } from './retrying.js';
import { type WatchSink, watch } from './watching.js';
import type { WorkflowSession, WorkflowSessionOptions } from './workflow-session.js';
import { WorkflowSessions } from './workflow-sessions.js';
import type { HookState, RunState } from './workflow-state.js';
import type { MessagePage, WorkflowSnapshot } from './workflow-transport.port.js';

export interface HoldfastClientOptions extends Pick<WorkflowSessionOptions, 'frames' | 'connectivity'> {
  /** The address of the server, such as `http://127.0.0.1:4000`; in a page served by it, `location.origin`. */
  url: string;
  /** Defaults to the platform's own. */
  fetch?: typeof globalThis.fetch;
  /** A WebSocket class. Defaults to the platform's own, which browsers and Node 22 have. */
  webSocket?: unknown;
  /** Sent with every HTTP request, and as the payload of every socket's `connection_init`. */
  headers?: HeadersSource;
}

export interface CallOptions {
  /** Stops waiting. What the server has begun continues. */
  signal?: AbortSignal;
}

/** Every method rejects with a `HoldfastFailure`, or with the reason of its signal. */
export interface HoldfastClient {
  /**
   * Starts a run. Retried automatically while the server cannot be reached, always with the same idempotency key, so it
   * starts at most one run. To repeat a submit that failed for good, pass the same `idempotencyKey` both times.
   */
  submitPrompt(input: PromptInput, options?: CallOptions): Promise<SubmittedPrompt>;
  /** Stops a run; what it has written is kept. Refused with `CONFLICT` when the run has already ended. */
  cancelRun(runId: string, options?: CallOptions): Promise<RunState>;
  /** Queues a failed or canceled run again. Not retried. */
  retryRun(runId: string, options?: CallOptions): Promise<RunState>;
  /** Answers a hook. Refused with `CONFLICT` when another answer was faster or the hook has expired. Not retried. */
  resolveHook(hookId: string, payload: unknown, options?: CallOptions): Promise<HookState>;
  renameWorkflow(workflowId: string, title: string, options?: CallOptions): Promise<WorkflowSummary>;
  /** Deletes a workflow and everything that belongs to it. Not retried. */
  deleteWorkflow(workflowId: string, options?: CallOptions): Promise<void>;
  /** One workflow at one cursor, with its newest messages; `null` when it does not exist. */
  workflow(workflowId: string, options?: CallOptions): Promise<WorkflowSnapshot | null>;
  /** The newest messages, or those before the `olderMessages` of a later page; `null` when the workflow does not exist. */
  messages(workflowId: string, page?: MessagePageRequest, options?: CallOptions): Promise<MessagePage | null>;
  /** Newest first. */
  workflows(page?: PageRequest, options?: CallOptions): Promise<WorkflowPage>;
  serverInfo(options?: CallOptions): Promise<ServerInfo>;
  nodeCatalog(options?: CallOptions): Promise<readonly NodeTypeInfo[]>;
  /** Sends any query or mutation. Not retried. */
  request<TData = unknown, TVariables = Record<string, unknown>>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables?: TVariables,
    options?: CallOptions,
  ): Promise<TData>;
  /**
   * Follows any other subscription of the schema until the returned function is called, and reconnects by itself. Events
   * during a lost connection are not delivered. To follow one workflow, use `session`.
   */
  watch<TData = unknown, TVariables = Record<string, unknown>>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables: TVariables,
    sink: WatchSink<TData>,
  ): () => void;
  /**
   * The session that follows a workflow, as an external store. All callers get the same object; its first listener starts
   * it.
   */
  session(workflowId: string): WorkflowSession;
  /** Ends all sessions, their sockets and all requests in flight. The client cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Timeout for the head of a session's snapshot; the server answers within 5 seconds, even if only with an error. Longer: a
 * request that the network dropped is noticed later.
 */
const SNAPSHOT_HEAD_MS = 5_000;

/** Opens nothing yet: a socket waits for the first session with a listener. */
export function createHoldfastClient(options: HoldfastClientOptions): HoldfastClient {
  const endpoint = new URL('graphql', options.url.endsWith('/') ? options.url : `${options.url}/`);
  const disposal = new AbortController();
  const http: HttpOptions = {
    endpoint: endpoint.href,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    headers: options.headers,
    disposal: disposal.signal,
  };
  const { webSocket, headers, frames, connectivity = deviceConnectivity() } = options;
  const socketUrl = endpoint.href.replace(/^http/, 'ws');
  const sockets: LiveConnections = new LiveConnections(
    new LiveSockets(() => createLiveSocket({ url: socketUrl, webSocket, headers })),
    new EventStreams(http, (head) => sockets.opened(head)),
  );
  // Registered before the sessions' listeners, so that these find no socket that hangs.
  const stopListening = connectivity.onWake(() => sockets.startAfresh());

  function send<TData, TVariables>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables: NoInfer<TVariables> | undefined,
    signal?: AbortSignal,
  ): Promise<TData> {
    return sendOperation<TData>(http, { query: document.toString(), variables }, signal);
  }

  /** For requests whose repetition has no further effect. */
  function sendSafely<TData, TVariables>(
    document: TypedDocumentText<TData, TVariables>,
    variables: NoInfer<TVariables>,
    { signal }: CallOptions = {},
  ): Promise<TData> {
    const asked = signal ? AbortSignal.any([signal, disposal.signal]) : disposal.signal;
    return retrying(() => send(document, variables, asked), { signal: asked });
  }

  async function loadWorkflow(
    workflowId: string,
    signal?: AbortSignal,
    headMs?: number,
  ): Promise<WorkflowSnapshot | null> {
    const operation = { query: SnapshotDocument.toString(), variables: { id: workflowId } };
    const { workflow } = await sendOperation<SnapshotQuery>(http, operation, signal, headMs);
    return workflow ? snapshotOf(workflow) : null;
  }

  async function loadMessages(
    workflowId: string,
    { last = 20, before }: MessagePageRequest,
    call?: CallOptions,
  ): Promise<MessagePage | null> {
    const { workflow } = await sendSafely(MessagesDocument, { workflowId, last, before }, call);
    return workflow ? messagePageOf(workflow.messages) : null;
  }

  const sessions = new WorkflowSessions({
    // Not retried here: the session has its own retries.
    transport: createGraphqlTransport({
      loadWorkflow: (workflowId) => loadWorkflow(workflowId, undefined, SNAPSHOT_HEAD_MS),
      loadMessages: ({ workflowId, before }) => loadMessages(workflowId, { before }),
      socket: sockets,
      startAfresh: () => sockets.startAfresh(),
    }),
    ...(frames && { frames }),
    connectivity,
  });

  return {
    async submitPrompt({ prompt, workflowId, agent, timeZone, idempotencyKey = newIdempotencyKey() }, call) {
      const input = { prompt, workflowId, agent, timeZone, idempotencyKey };
      const { submitPrompt } = await sendSafely(SubmitPromptDocument, { input }, call);
      const workflow = accepted(submitPrompt, 'workflow');
      return { workflowId: workflow.id, run: accepted(submitPrompt, 'run'), idempotencyKey };
    },
    async cancelRun(runId, call) {
      const { cancelRun } = await sendSafely(CancelRunDocument, { input: { runId } }, call);
      return accepted(cancelRun, 'run');
    },
    async retryRun(runId, call) {
      const { retryRun } = await send(RetryRunDocument, { input: { runId } }, call?.signal);
      return accepted(retryRun, 'run');
    },
    async resolveHook(hookId, payload, call) {
      const { resolveHook } = await send(ResolveHookDocument, { input: { hookId, payload } }, call?.signal);
      return accepted(resolveHook, 'hook');
    },
    async renameWorkflow(workflowId, title, call) {
      const { renameWorkflow } = await sendSafely(RenameWorkflowDocument, { input: { workflowId, title } }, call);
      return accepted(renameWorkflow, 'workflow');
    },
    async deleteWorkflow(workflowId, call) {
      const { deleteWorkflow } = await send(DeleteWorkflowDocument, { input: { workflowId } }, call?.signal);
      throwRefusals(deleteWorkflow);
      sessions.forget(workflowId);
    },
    workflow: (workflowId, { signal = disposal.signal } = {}) =>
      retrying(() => loadWorkflow(workflowId, signal), { signal }),
    messages: (workflowId, page = {}, call) => loadMessages(workflowId, page, call),
    async workflows({ first = 20, after } = {}, call) {
      const { workflows } = await sendSafely(WorkflowsDocument, { first, after }, call);
      return { nodes: workflows.nodes, ...workflows.pageInfo };
    },
    async serverInfo(call) {
      return (await sendSafely(ServerInfoDocument, {}, call)).serverInfo;
    },
    async nodeCatalog(call) {
      return (await sendSafely(NodeCatalogDocument, {}, call)).nodeCatalog;
    },
    request: (document, variables, call) => send(document, variables, call?.signal),
    watch: <TData, TVariables>(
      document: TypedDocumentText<TData, TVariables> | string,
      variables: TVariables,
      sink: WatchSink<TData>,
    ) => {
      const operation = { query: document.toString(), variables: variables as Record<string, unknown> };
      const socket = sink.resumed ? sockets.doorbells : sockets;
      return watch({ socket, connectivity, signal: disposal.signal }, operation, sink);
    },
    session: (workflowId) => sessions.get(workflowId),
    async dispose() {
      disposal.abort(new RequestError('The client was disposed.', { code: 'CLIENT_DISPOSED', retryable: false }));
      stopListening();
      sessions.dispose();
      await sockets.dispose();
    },
  };
}

interface Payload {
  readonly userErrors: readonly Refusal[];
}

/** @throws `RefusalError` when the mutation was refused */
function throwRefusals({ userErrors: [first, ...rest] }: Payload): void {
  if (first) throw new RefusalError([first, ...rest]);
}

/**
 * What the mutation returns under this name.
 * @throws `RefusalError` when it was refused
 */
function accepted<T extends Payload, K extends keyof T>(payload: T, name: K): NonNullable<T[K]> {
  throwRefusals(payload);
  const result = payload[name];
  if (result) return result;
  const message = 'The server neither did what was asked nor refused it.';
  throw new RequestError(message, { code: 'INTERNAL', retryable: false });
}
