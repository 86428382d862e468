/**
 * Subscriptions over HTTP for clients whose WebSockets do not get through: one `POST` each, answered as `text/event-stream`
 * (the distinct connections mode of GraphQL over SSE). The same rules apply as for WebSockets. Requests have passed the
 * HTTP pipeline: known hosts, a bounded JSON body, no foreign pages.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { NextFunction, Request, Response } from 'express';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { isKnownOrigin } from '#libs/contracts';
import { ProofWatch } from '../auth/proof-watch.service.js';
import { ViewerAuthentication } from '../auth/viewer-authentication.service.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { type ApiErrorCode, apiErrorCatalog } from '../graphql/api-error.js';
import { ErrorReporting } from '../graphql/error-reporting.service.js';
import { OperationBudget } from '../graphql/operation-budget.js';
import { errorExtensions } from '../graphql/public-errors.js';
import { currentRequestId } from '../graphql/request-scope.js';
import { OpenConnections } from '../limits/open-connections.service.js';
import { EventStream } from './event-stream.js';
import { refusalsOf } from './refused-subscription.js';
import { dataOf, subscribeShared, textOf } from './shared-execution.js';
import { prepareSubscription, type SubscribePayload } from './subscription-operations.js';
import { socketLimits } from './subscription-server.service.js';

/** A response header that says whether a WebSocket from the same page would be refused for its origin: browsers do not tell. */
const SOCKET_HEADER = 'x-holdfast-websocket';

@Injectable()
export class EventStreamServer {
  private readonly logger = new Logger(EventStreamServer.name);
  private readonly streams = new Set<EventStream>();
  /** Requests that still hold resources: until the client has left and nothing is being prepared for it. */
  private openRequests = 0;
  private closing = false;

  constructor(
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly authentication: ViewerAuthentication,
    private readonly proofs: ProofWatch,
    private readonly errors: ErrorReporting,
    private readonly connections: OpenConnections,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  /** Middleware on the GraphQL path: handles requests for an event stream and passes on all others. */
  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    if (!/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) {
      next();
      return;
    }
    if (response.destroyed) return;
    if (this.closing || this.openRequests >= socketLimits.sockets) {
      refuse(response, 'UNAVAILABLE');
      return;
    }
    const place = this.connections.enter(request);
    if (place === null) {
      refuse(response, 'RATE_LIMITED', 'Too many connections from this address. Try again later.');
      return;
    }
    place.proven();
    this.openRequests += 1;
    const left = new Promise((resolve) => response.once('close', resolve));
    const served = this.serve(request, response).catch((error: unknown) => {
      this.logger.error({ msg: 'event stream failed', err: error });
      response.destroy();
    });
    void Promise.all([left, served]).then(() => {
      this.openRequests -= 1;
      place.left();
    });
  };

  /** Ends every stream without a `complete` event, so that clients reconnect, and refuses new requests. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(
      [...this.streams].map((stream) => {
        stream.close();
        return stream.ended;
      }),
    );
  }

  private async serve(request: Request, response: Response): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 'BAD_USER_INPUT', 'Send subscriptions with POST.', 405);
    const payload = payloadOf(request.body);
    if (payload === null) {
      return refuse(response, 'BAD_USER_INPUT', 'The body must be JSON with a `query`, sent as application/json.');
    }
    const viewer = await this.authentication.viewerOf({ headers: request.headers });
    if (viewer === null) return refuse(response, 'UNAUTHENTICATED');
    if (response.destroyed) return;
    const { origin, host } = request.headers;
    const isOpenToSockets = isKnownOrigin({ origin, host }, this.environment.allowedOrigins);
    const stream = new EventStream(response, socketLimits, {
      [SOCKET_HEADER]: isOpenToSockets ? 'welcome' : 'origin-refused',
    });
    this.streams.add(stream);
    // Without a `complete` event: a client that comes back learns why.
    const unwatch = this.proofs.watch(viewer, () => stream.close());
    void stream.ended.then(() => {
      unwatch();
      this.streams.delete(stream);
    });
    const prepared = prepareSubscription(this.schemaHost.schema, this.environment, payload, {
      viewer,
      requestId: currentRequestId() ?? '',
      budget: new OperationBudget(),
    });
    if (!('schema' in prepared)) return this.refuseSubscription(stream, prepared);
    let opening: Promise<unknown> = Promise.resolve();
    try {
      const started = await subscribeShared(prepared, (work) => {
        opening = work;
      });
      if (!(Symbol.asyncIterator in started)) return await this.refuseSubscription(stream, started.errors ?? []);
      await this.follow(stream, started);
    } catch (error) {
      await this.refuseSubscription(stream, refusalsOf(error as GraphQLError));
      await opening.catch(() => undefined);
    }
  }

  /** Requests the next event only once the kernel has taken the previous one, as for WebSockets. */
  private async follow(stream: EventStream, events: AsyncIterableIterator<ExecutionResult>): Promise<void> {
    void stream.ended.then(() => events.return?.());
    for await (const result of events) await stream.send('next', this.textFor(result));
    await stream.send('complete', '');
    stream.close();
  }

  private textFor(result: ExecutionResult): string {
    if (!result.errors) return textOf(result);
    return JSON.stringify({ data: dataOf(result), errors: result.errors.map((error) => this.errors.report(error)) });
  }

  private async refuseSubscription(stream: EventStream, errors: readonly GraphQLError[]): Promise<void> {
    await stream.send('next', JSON.stringify({ errors: errors.map((error) => this.errors.report(error)) }));
    await stream.send('complete', '');
    stream.close();
  }
}

function payloadOf(body: unknown): SubscribePayload | null {
  if (typeof body !== 'object' || body === null) return null;
  const { query, operationName, variables } = body as Record<string, unknown>;
  if (typeof query !== 'string') return null;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables))) return null;
  return {
    query,
    operationName: operationName ?? null,
    variables: (variables ?? null) as Record<string, unknown> | null,
  };
}

function refuse(
  response: Response,
  code: ApiErrorCode,
  message: string = apiErrorCatalog[code].message,
  status: number = apiErrorCatalog[code].httpStatus,
): void {
  const { retryAfterMs } = apiErrorCatalog[code];
  if (retryAfterMs !== null) response.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1_000)));
  response.status(status).json({ errors: [{ message, extensions: errorExtensions(code, currentRequestId()) }] });
}
