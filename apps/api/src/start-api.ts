/**
 * Starts the API in this process and stops it again, each in the right order. Environment variables and signals are handled
 * by the caller.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { SignIn } from './account/sign-in.service.js';
import { AppModule } from './app.module.js';
import type { ApiEnvironment } from './environment.js';
import { GRAPHQL_PATH } from './graphql/api-graphql.module.js';
import { HttpErrorFilter } from './http/http-error.filter.js';
import { installHttpPipeline } from './http/http-pipeline.js';
import { withoutStartupLists } from './http/logging.js';
import { serveGraphqlIde } from './ide/graphql-ide.js';
import { OpenConnections } from './limits/open-connections.service.js';
import { EventStreamServer } from './stream/event-stream-server.service.js';
import { SubscriptionServer } from './stream/subscription-server.service.js';
import { serveWebAssets } from './web/web-page.js';

export interface RunningApi {
  /** Address it listens on, such as `http://127.0.0.1:4000`. */
  url: string;
  /** Closes WebSockets with "service restart", lets requests finish, then closes connections. */
  close(): Promise<void>;
}

/** Resolves when the API listens. Rejects when a dependency cannot be reached or the port is taken. */
export async function startApi(environment: ApiEnvironment): Promise<RunningApi> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    bodyParser: false,
    bufferLogs: true,
    // Flushed below. When the start fails, the caller prints one sentence instead.
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(withoutStartupLists(app.get(Logger)));
  app.flushLogs();
  try {
    installHttpPipeline(app, environment);
    app.use(app.get(SignIn).handle);
    const eventStreams = app.get(EventStreamServer);
    app.use(GRAPHQL_PATH, eventStreams.handle);
    if (environment.webDir !== null) serveWebAssets(app, environment.webDir);
    if (environment.ide) await serveGraphqlIde(app, environment);
    app.useGlobalFilters(new HttpErrorFilter(environment.webDir));
    await app.init();
    const server = app.getHttpServer() as Server;
    const sockets = app.get(SubscriptionServer);
    sockets.attach(server);
    app.get(OpenConnections).watch(server);
    await app.listen(environment.port, environment.host);
    return {
      url: urlOf(server, environment.host),
      close: async () => {
        // First of all: draining the HTTP server would cut WebSockets without a close frame, and would wait for event
        // streams.
        await Promise.all([sockets.close(), eventStreams.close()]);
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
