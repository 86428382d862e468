import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { GraphQLSchemaHost } from '@nestjs/graphql';
import type { Request, Response } from 'express';
import { buildSchema } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/contracts';
import type { ProofWatch } from '../auth/proof-watch.service.js';
import type { ViewerAuthentication } from '../auth/viewer-authentication.service.js';
import type { ApiEnvironment } from '../environment.js';
import type { ErrorReporting } from '../graphql/error-reporting.service.js';
import type { OpenConnections } from '../limits/open-connections.service.js';
import { EventStreamServer } from './event-stream-server.service.js';

const { maxRequests } = vi.hoisted(() => ({ maxRequests: 20 }));
vi.mock('./subscription-server.service.js', () => ({
  socketLimits: {
    sockets: maxRequests,
    pingMs: 15_000,
    unreadMs: 30_000,
    slowestBytesPerSecond: 16_384,
    closeMs: 1_000,
  },
}));

/** The parts of an Express response that the code under test uses. */
class Answer extends PassThrough {
  statusCode = 0;

  writeHead(status: number): void {
    this.status(status);
  }

  status(status: number): this {
    this.statusCode = status;
    return this;
  }

  setHeader(): this {
    return this;
  }

  json(): void {
    this.end();
  }
}

/** A server whose subscriptions open when the test says so. */
function serverOfSlowSource() {
  const schema = buildSchema('type Query { id: ID } type Subscription { id: ID }');
  const preparing: ((source: AsyncIterable<unknown>) => void)[] = [];
  const subscribe = () => new Promise((resolve) => preparing.push(resolve));
  Object.assign(schema.getSubscriptionType()?.getFields().id ?? {}, { subscribe });
  const server = new EventStreamServer(
    { schema } as GraphQLSchemaHost,
    { viewerOf: () => Promise.resolve({ userId: newId('user') }) } as unknown as ViewerAuthentication,
    { watch: () => () => undefined } as unknown as ProofWatch,
    {} as ErrorReporting,
    { enter: () => ({ proven: () => undefined, left: () => undefined }) } as unknown as OpenConnections,
    { introspection: true, allowedOrigins: [] } as unknown as ApiEnvironment,
  );
  const ask = () => {
    const headers = { accept: 'text/event-stream', host: 'localhost' };
    const request = { method: 'POST', headers, body: { query: 'subscription { id }' } } as unknown as Request;
    const answer = new Answer();
    server.handle(request, answer as unknown as Response, () => expect.unreachable());
    return answer;
  };
  return { ask, preparing };
}

const turn = () => new Promise(setImmediate);

describe('the event streams of one process', () => {
  it('count a client that has left until nothing is being prepared for it', async () => {
    const { ask, preparing } = serverOfSlowSource();
    const answers = Array.from({ length: maxRequests }, ask);
    await turn();
    expect(preparing).toHaveLength(maxRequests);
    const left = answers.map((answer) => once(answer, 'close'));
    for (const answer of answers) answer.destroy();
    await Promise.all(left);
    await turn();
    expect(ask().statusCode).toBe(503);
    expect(preparing).toHaveLength(maxRequests);
    for (const opened of preparing) opened(ReadableStream.from([]));
    await turn();
    await turn();
    const next = ask();
    await turn();
    expect(next.statusCode).toBe(200);
    next.destroy();
  });
});
