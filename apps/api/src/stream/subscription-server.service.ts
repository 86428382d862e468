/**
 * GraphQL over WebSocket, beside the HTTP server and under its rules: origin check, size limits, keep-alive, number of
 * subscriptions, shutdown.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { type Context, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type Server as ProtocolServer } from 'graphql-ws';
import { PinoLogger } from 'nestjs-pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { isKnownOrigin } from '#libs/contracts';
import { ProofWatch } from '../auth/proof-watch.service.js';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { ViewerAuthentication } from '../auth/viewer-authentication.service.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { ApiError } from '../graphql/api-error.js';
import { GRAPHQL_PATH } from '../graphql/api-graphql.module.js';
import { ErrorReporting } from '../graphql/error-reporting.service.js';
import { OperationBudget } from '../graphql/operation-budget.js';
import { chooseRequestId, inRequestScope } from '../graphql/request-scope.js';
import { clientAddress } from '../http/client-address.js';
import { localRefusal } from '../http/local-requests.js';
import { isServerName } from '../http/server-names.js';
import { type ConnectionPlace, OpenConnections } from '../limits/open-connections.service.js';
import { ClientSocket } from './client-socket.js';
import { MessageGate } from './message-gate.js';
import { PreserialisedPayloads } from './preserialised-json.js';
import { isRefused, refusalsOf, refusedSubscription } from './refused-subscription.js';
import { dataOf, subscribeShared, textOf } from './shared-execution.js';
import { prepareSubscription } from './subscription-operations.js';

/** Limits of one socket. */
export const socketLimits = {
  /** Bytes of one message from a client. */
  payloadBytes: 64 * 1024,
  subscriptions: 50,
  /** Messages of a client handled at once: subscriptions being prepared, and answers that the client has not taken. */
  inFlight: 32,
  /** Sockets of one process. Further clients are told to try again later. */
  sockets: 10_000,
  /** How long a client may take to send `connection_init`. */
  initMs: 5_000,
  /** A client that has not answered by the next ping is cut off. If shorter, dead clients hold resources for less time. */
  pingMs: 15_000,
  /** How long a message may wait for a client that does not read, in addition to the time allowed for its size. */
  unreadMs: 30_000,
  slowestBytesPerSecond: 16 * 1024,
  /** How long a client may take to answer our close frame. */
  closeMs: 1_000,
} as const;

/** "Service restart": clients reconnect by themselves. */
const CLOSE_RESTART = 1012;
const CLOSE_INTERNAL = 1011;
/** As for credentials that are refused at once: clients do not come back with the same ones. */
const CLOSE_FORBIDDEN = 4403;
const CLOSE_NORMAL = 1000;

/** Why an upgrade is refused: for the client, in plain text, and in the log. */
interface UpgradeRefusal {
  status: string;
  reason: string;
  retryAfterSeconds?: number;
}

interface SocketExtra extends Record<PropertyKey, unknown> {
  request: IncomingMessage;
  place: ConnectionPlace;
  viewer: Viewer | null;
  ended: boolean;
  /** Closes the socket when its viewer's identity has ended. */
  expel: () => void;
  unwatch: () => void;
  payloads: PreserialisedPayloads;
  gate: MessageGate | null;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

@Injectable()
export class SubscriptionServer {
  private readonly logger = new Logger(SubscriptionServer.name);
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: socketLimits.payloadBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  private readonly requestIds = new WeakMap<object, string>();
  private closing = false;

  constructor(
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly authentication: ViewerAuthentication,
    private readonly proofs: ProofWatch,
    private readonly errors: ErrorReporting,
    private readonly pino: PinoLogger,
    private readonly connections: OpenConnections,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  /** Handles the upgrade requests of this HTTP server. Must be called once, after the schema is built. */
  attach(server: Server): void {
    const protocol = this.createProtocol();
    server.on('upgrade', (request, socket, head) => {
      // An exception here would end the process, and anyone can send an upgrade request.
      try {
        this.upgrade(protocol, request, socket, head);
      } catch (error) {
        this.logger.warn({ msg: 'upgrade failed', err: error });
        socket.destroy();
      }
    });
  }

  /** Tells every client to reconnect later, waits until all have left, and accepts no new ones. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.sockets.clients].map(closeForRestart));
  }

  private upgrade(protocol: ProtocolServer<SocketExtra>, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.refusalOf(request);
    if (refusal !== null) {
      this.refuse(request, socket, refusal);
      return;
    }
    const place = this.connections.enter(request);
    if (place === null) {
      const reason = 'Too many connections from this address. Try again later.';
      this.refuse(request, socket, { status: '429 Too Many Requests', reason, retryAfterSeconds: 5 });
      return;
    }
    socket.once('close', place.left);
    this.sockets.handleUpgrade(request, socket, head, (client) => this.serve(protocol, client, request, place));
  }

  private refuse(request: IncomingMessage, socket: Duplex, refusal: UpgradeRefusal): void {
    const origin = request.headers.origin?.slice(0, 200);
    const address = clientAddress(request, this.environment.trustedProxies);
    this.logger.warn({ msg: 'socket refused', status: refusal.status, reason: refusal.reason, origin, address });
    answerUpgrade(socket, refusal);
  }

  private refusalOf(request: IncomingMessage): UpgradeRefusal | null {
    if ((request.url ?? '').split('?', 1)[0] !== GRAPHQL_PATH) {
      return { status: '404 Not Found', reason: `WebSockets are opened at ${GRAPHQL_PATH}.` };
    }
    if (this.closing || this.sockets.clients.size >= socketLimits.sockets) {
      return { status: '503 Service Unavailable', reason: 'No more WebSockets at the moment. Try again later.' };
    }
    const { origin, host } = request.headers;
    const notLocal = localRefusal(GRAPHQL_PATH, request, this.environment);
    if (notLocal !== null) return notLocal;
    if (!isServerName(host, this.environment)) {
      const reason = 'This server does not go by that name. Add its origin to HOLDFAST_ALLOWED_ORIGINS.';
      return { status: '421 Misdirected Request', reason };
    }
    if (!isKnownOrigin({ origin, host }, this.environment.allowedOrigins)) {
      const reason =
        'Pages of this origin may not open WebSockets here. Add the origin to HOLDFAST_ALLOWED_ORIGINS, or have the proxy pass on the Host header.';
      return { status: '403 Forbidden', reason };
    }
    return null;
  }

  private serve(
    protocol: ProtocolServer<SocketExtra>,
    client: WebSocket,
    request: IncomingMessage,
    place: ConnectionPlace,
  ): void {
    // First of all: data sent with the upgrade may be invalid, and an `error` event without a listener ends the process.
    client.on('error', (error) => this.logger.debug({ msg: 'socket error', err: error }));
    const extra: SocketExtra = {
      request,
      place,
      viewer: null,
      ended: false,
      expel: () => socket.close(CLOSE_FORBIDDEN, 'Signed out'),
      unwatch: () => undefined,
      payloads: new PreserialisedPayloads(),
      gate: null,
    };
    const socket = new ClientSocket(client, socketLimits, (code, reason) => {
      extra.gate?.close();
      extra.ended = true;
      extra.unwatch();
      // The protocol may close a socket while it is still being opened.
      Promise.resolve()
        .then(() => closed(code, reason))
        .catch((error: unknown) => this.logger.error({ msg: 'socket did not close cleanly', err: error }));
    });
    const closed = protocol.opened(
      {
        protocol: client.protocol,
        send: (data) => socket.send(extra.payloads.complete(data)),
        close: (code, reason) => socket.close(code ?? CLOSE_NORMAL, reason ?? ''),
        onMessage: (handle) => {
          const handled = (message: string): Promise<void> =>
            handle(message).catch((error: unknown) => {
              this.logger.error({ msg: 'socket message failed', err: error });
              socket.close(CLOSE_INTERNAL, 'Internal error');
            });
          const gate = new MessageGate(client, handled, socketLimits.inFlight);
          extra.gate = gate;
          client.on('message', (data) => {
            // A message that arrives after our close frame must not start anything, because nothing would end it.
            if (client.readyState === client.OPEN) gate.push(String(data));
          });
        },
      },
      extra,
    );
  }

  private createProtocol(): ProtocolServer<SocketExtra> {
    return makeServer<Record<string, unknown>, SocketExtra>({
      connectionInitWaitTimeout: socketLimits.initMs,
      onConnect: async (socket) => {
        const { extra, connectionParams } = socket;
        const viewer = await this.authentication.viewerOf({ headers: extra.request.headers, connectionParams });
        // The client may have left meanwhile.
        if (viewer === null || extra.ended) return false;
        extra.viewer = viewer;
        extra.place.proven();
        extra.unwatch = this.proofs.watch(viewer, extra.expel);
        return true;
      },
      onSubscribe: (socket, _id, payload) => this.prepare(socket, payload),
      subscribe: (args) => this.start(args),
      onOperation: (socket, id, _payload, _args, started) => {
        if (!isRefused(started)) socket.extra.gate?.opened(id);
      },
      onNext: (socket, _id, payload, _args, result) => {
        if (!result.errors) return socket.extra.payloads.payload(textOf(result));
        return { data: dataOf(result), errors: result.errors.map((error) => this.report(payload, error)) };
      },
      onError: (_socket, _id, payload, errors) =>
        errors.flatMap(refusalsOf).map((error) => this.report(payload, error)),
    });
  }

  private prepare(
    socket: SocketContext,
    payload: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null },
  ): ExecutionArgs | readonly GraphQLError[] {
    const requestId = chooseRequestId(undefined);
    this.requestIds.set(payload, requestId);
    const { viewer } = socket.extra;
    if (viewer === null) return [new ApiError('UNAUTHENTICATED')];
    if (Object.keys(socket.subscriptions).length > socketLimits.subscriptions) {
      const message = `One connection may hold at most ${socketLimits.subscriptions} subscriptions.`;
      return [new ApiError('LIMIT_EXCEEDED', message)];
    }
    return prepareSubscription(this.schemaHost.schema, this.environment, payload, {
      viewer,
      requestId,
      budget: new OperationBudget(),
    });
  }

  private async start(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult>> {
    const { requestId } = args.contextValue as { requestId: string };
    try {
      const started = await this.inContext(requestId, () => subscribeShared(args));
      return Symbol.asyncIterator in started ? started : refusedSubscription(started.errors ?? []);
    } catch (error) {
      // A fault in one subscription must not end the others on the socket.
      return refusedSubscription([new GraphQLError('The subscription failed.', { originalError: error as Error })]);
    }
  }

  /** Sockets pass no HTTP middleware, so their operations get their request id here. */
  private inContext<T>(requestId: string, work: () => T): T {
    return inRequestScope(requestId, () => this.pino.runInContext(work, { bindings: { requestId } }));
  }

  private report(payload: object, error: GraphQLError) {
    const requestId = this.requestIds.get(payload) ?? chooseRequestId(undefined);
    return this.inContext(requestId, () => this.errors.report(error));
  }
}

/** The headers that the pipeline sets on every other response: upgrades do not pass through it. */
const bareHeaders = ["Content-Security-Policy: default-src 'none'", 'X-Content-Type-Options: nosniff'];

function answerUpgrade(socket: Duplex, { status, reason, retryAfterSeconds }: UpgradeRefusal): void {
  socket.on('error', () => socket.destroy());
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(reason)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    ...bareHeaders,
  ];
  // A client that never closes its side must not keep the socket open.
  socket.end(`${head.join('\r\n')}\r\n\r\n${reason}`, () => socket.destroy());
}

function closeForRestart(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState === client.CLOSED) {
      resolve();
      return;
    }
    const timer = setTimeout(() => client.terminate(), socketLimits.closeMs);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.close(CLOSE_RESTART, 'Service restart');
  });
}
