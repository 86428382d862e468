/**
 * The client: everything that a program may ask of a Holdfast server. Owns addresses, idempotency keys and which request
 * may be repeated; what is followed lives in sessions.
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
import { hookOf, messagePageOf, runOf, snapshotOf } from './answers.js';
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
  /** Where the server answers, such as `http://127.0.0.1:4000`; in a page of the server itself, `location.origin`. */
  url: string;
  /** The platform's own when absent. */
  fetch?: typeof globalThis.fetch;
  /** A WebSocket class. The platform's own when absent; browsers and Node 22 have one. */
  webSocket?: unknown;
  /** Sent with every HTTP request, and as the payload of every socket's `connection_init`. */
  headers?: HeadersSource;
}

export interface CallOptions {
  /** Gives up waiting. What the server has begun goes on. */
  signal?: AbortSignal;
}

/** Every method rejects with a `HoldfastFailure`, or with the reason of its signal. */
export interface HoldfastClient {
  /**
   * Starts a run. Repeated by itself while the server cannot be reached, always with one idempotency key, so that it
   * starts one run at most. To repeat a submit that failed for good, pass the same `idempotencyKey` both times.
   */
  submitPrompt(input: PromptInput, options?: CallOptions): Promise<SubmittedPrompt>;
  /** Stops a run; what was written so far is kept. A run that has ended before is refused with `CONFLICT`. */
  cancelRun(runId: string, options?: CallOptions): Promise<RunState>;
  /** Queues a failed or canceled run again. Sent once. */
  retryRun(runId: string, options?: CallOptions): Promise<RunState>;
  /** Answers a hook. Another answer that was faster, or its expiry, refuses this one with `CONFLICT`. Sent once. */
  resolveHook(hookId: string, payload: unknown, options?: CallOptions): Promise<HookState>;
  renameWorkflow(workflowId: string, title: string, options?: CallOptions): Promise<WorkflowSummary>;
  /** Deletes a workflow with all that belongs to it. Sent once. */
  deleteWorkflow(workflowId: string, options?: CallOptions): Promise<void>;
  /** One workflow as of one cursor, with its newest messages; `null` when there is none. */
  workflow(workflowId: string, options?: CallOptions): Promise<WorkflowSnapshot | null>;
  /** The newest messages, or those before `olderMessages` of a later part; `null` when there is no such workflow. */
  messages(workflowId: string, page?: MessagePageRequest, options?: CallOptions): Promise<MessagePage | null>;
  /** Newest first. */
  workflows(page?: PageRequest, options?: CallOptions): Promise<WorkflowPage>;
  serverInfo(options?: CallOptions): Promise<ServerInfo>;
  nodeCatalog(options?: CallOptions): Promise<readonly NodeTypeInfo[]>;
  /** Sends any query or mutation, once. */
  request<TData = unknown, TVariables = Record<string, unknown>>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables?: TVariables,
    options?: CallOptions,
  ): Promise<TData>;
  /**
   * Follows any other subscription of the schema until the returned function is called, and comes back by itself. What
   * happens while the connection is lost is not told. To follow one workflow, use `session`.
   */
  watch<TData = unknown, TVariables = Record<string, unknown>>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables: TVariables,
    sink: WatchSink<TData>,
  ): () => void;
  /** A workflow to be followed: an external store. The same object for every caller, started by its first listener. */
  session(workflowId: string): WorkflowSession;
  /** Ends all sessions, their sockets and everything in flight. The client is of no more use. */
  dispose(): Promise<void>;
}

/**
 * How long the head of a session's snapshot may take; the server answers within 5 seconds, if only that it cannot. Longer:
 * what the network has swallowed is noticed late.
 */
const SNAPSHOT_HEAD_MS = 5_000;

/** Opens nothing yet: a socket waits for the first session that is listened to. */
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
  // Before those of sessions, which then find nothing that hangs.
  const stopListening = connectivity.onWake(() => sockets.startAfresh());

  function send<TData, TVariables>(
    document: TypedDocumentText<TData, TVariables> | string,
    variables: NoInfer<TVariables> | undefined,
    signal?: AbortSignal,
  ): Promise<TData> {
    return sendOperation<TData>(http, { query: document.toString(), variables }, signal);
  }

  /** For what may be done twice without doing more than once. */
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
    // Not repeated here: a session has its own way of coming back.
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
      const { workflow, run } = accepted(submitPrompt);
      if (!workflow || !run) throw unexpected();
      return { workflowId: workflow.id, run: runOf(run), idempotencyKey };
    },
    async cancelRun(runId, call) {
      const { run } = accepted((await sendSafely(CancelRunDocument, { input: { runId } }, call)).cancelRun);
      if (!run) throw unexpected();
      return runOf(run);
    },
    async retryRun(runId, call) {
      const { run } = accepted((await send(RetryRunDocument, { input: { runId } }, call?.signal)).retryRun);
      if (!run) throw unexpected();
      return runOf(run);
    },
    async resolveHook(hookId, payload, call) {
      const input = { hookId, payload };
      const { hook } = accepted((await send(ResolveHookDocument, { input }, call?.signal)).resolveHook);
      if (!hook) throw unexpected();
      return hookOf(hook);
    },
    async renameWorkflow(workflowId, title, call) {
      const input = { workflowId, title };
      const { workflow } = accepted((await sendSafely(RenameWorkflowDocument, { input }, call)).renameWorkflow);
      if (!workflow) throw unexpected();
      return workflow;
    },
    async deleteWorkflow(workflowId, call) {
      const input = { workflowId };
      accepted((await send(DeleteWorkflowDocument, { input }, call?.signal)).deleteWorkflow);
      sessions.forget(workflowId);
    },
    workflow: (workflowId, { signal = disposal.signal } = {}) =>
      retrying(() => loadWorkflow(workflowId, signal), { signal }),
    messages: (workflowId, page = {}, call) => loadMessages(workflowId, page, call),
    async workflows({ first = 20, after } = {}, call) {
      const { workflows } = await sendSafely(WorkflowsDocument, { first, after }, call);
      const { hasNextPage, endCursor } = workflows.pageInfo;
      return { nodes: workflows.nodes, hasNextPage, endCursor: endCursor ?? null };
    },
    async serverInfo(call) {
      const { serverInfo } = await sendSafely(ServerInfoDocument, {}, call);
      return { ...serverInfo, model: serverInfo.model ?? null };
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

/** @throws `RefusalError` when the mutation was refused */
function accepted<T extends { readonly userErrors: readonly (Omit<Refusal, 'field'> & { field?: unknown })[] }>(
  payload: T,
): T {
  const [first, ...rest] = payload.userErrors.map(
    ({ code, field, message }): Refusal => ({ code, message, field: Array.isArray(field) ? field.map(String) : null }),
  );
  if (first) throw new RefusalError([first, ...rest]);
  return payload;
}

function unexpected(): RequestError {
  return new RequestError('The server neither did what was asked nor refused it.', {
    code: 'INTERNAL',
    retryable: false,
  });
}
