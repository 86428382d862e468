/**
 * One WebSocket of a client. Owns keep-alive and the meaning of close codes; never reconnects by itself: each
 * session does, from the last cursor that it applied.
 */
import { type Client, createClient } from 'graphql-ws/client';
import { type HeadersSource, headersOf } from './graphql-http.js';
import type { TransportLoss } from './workflow-transport.port.js';

/** How often the server is asked for a sign of life. Shorter: a dead connection is noticed sooner, more traffic. */
const PING_MS = 10_000;
/** How long it may take to answer. */
const PONG_MS = 5_000;
const ACKNOWLEDGE_MS = 10_000;

export interface LiveSocketOptions {
  /** The address of the GraphQL endpoint, `ws:` or `wss:`. */
  url: string;
  /** The class to open sockets with; the platform's own when absent. */
  webSocket?: unknown;
  /** Sent as `connection_init`'s payload, because browsers let nobody choose the headers of a socket. */
  headers?: HeadersSource | undefined;
}

/** Opens on the first subscription, closes after the last. Works in a browser and in Node 22 or later. */
export function createLiveSocket({ url, webSocket, headers }: LiveSocketOptions): Client {
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const client: Client = createClient({
    url,
    ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
    ...(headers === undefined ? {} : { connectionParams: async () => ({ ...(await headersOf(headers)) }) }),
    lazy: true,
    retryAttempts: 0,
    keepAlive: PING_MS,
    connectionAckWaitTimeout: ACKNOWLEDGE_MS,
    on: {
      ping: (received) => {
        if (received) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: () => clearTimeout(watchdog),
      closed: () => clearTimeout(watchdog),
    },
  });
  return client;
}

/**
 * Codes of the fatal range that only tell of slowness: the server waited too long for our first message (4408), and our
 * own watchdog ended a socket that had gone silent (4499).
 */
const slowness: ReadonlySet<number> = new Set([4408, 4499]);

/** What a session does about a closed socket. Codes 4400 to 4499 are refusals; everything else comes back. */
export function lossOfClose(code: number, reason: string): TransportLoss {
  if (code >= 4400 && code < 4500 && !slowness.has(code)) {
    return { kind: 'fatal', message: reason || 'The server refused the connection.' };
  }
  return { kind: 'retryable', message: 'The connection to the server was lost. Reconnecting.' };
}
