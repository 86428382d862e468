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
/** How long it may take until a socket is open and acknowledged. Shorter: slow networks fall back to HTTP. */
const CONNECT_MS = 5_000;
/** How long an open socket may take to prove that it lives, when there is reason to doubt it. */
const PROOF_MS = 3_000;

export interface LiveSocketOptions {
  /** The address of the GraphQL endpoint, `ws:` or `wss:`. */
  url: string;
  /** The class to open sockets with; the platform's own when absent. */
  webSocket?: unknown;
  /** Sent as `connection_init`'s payload, because browsers let nobody choose the headers of a socket. */
  headers?: HeadersSource | undefined;
}

export interface LiveSocket {
  readonly client: Client;
  /** Gives the socket up if it is being opened; an open one is asked for a sign of life at once. */
  startAfresh(): void;
  /** Whether this is how a socket ended that never came to be open, with nothing said by the server. */
  isUnopened(error: unknown): boolean;
}

/** Opens on the first subscription, closes after the last. Works in a browser and in Node 22 or later. */
export function createLiveSocket({ url, webSocket, headers }: LiveSocketOptions): LiveSocket {
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let state: 'closed' | 'opening' | 'open' = 'closed';
  let opened: { send(data: string): void } | null = null;
  const unopened = new WeakSet<object>();
  const limit = (ms: number) => {
    clearTimeout(watchdog);
    // Without waiting for the network to confirm the close: a dead one never does.
    watchdog = setTimeout(() => client.terminate(), ms);
  };
  const leave = (event: object) => {
    clearTimeout(watchdog);
    if (state === 'opening') unopened.add(event);
    state = 'closed';
    opened = null;
  };
  const client: Client = createClient({
    url,
    ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
    ...(headers === undefined ? {} : { connectionParams: async () => ({ ...(await headersOf(headers)) }) }),
    lazy: true,
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connecting: () => {
        state = 'opening';
        limit(CONNECT_MS);
      },
      opened: (socket) => {
        opened = socket as typeof opened;
      },
      connected: () => {
        state = 'open';
        clearTimeout(watchdog);
      },
      ping: (received) => {
        if (!received) limit(PONG_MS);
      },
      pong: () => clearTimeout(watchdog),
      // A handshake that is refused is an error first, which ends the subscriptions, and a close behind it.
      error: (event) => {
        if (!isErrorEvent(event)) return;
        // graphql-ws would end whatever is being opened by then.
        if (event.target) event.target.onclose = null;
        leave(event);
      },
      closed: (event) => leave(event as object),
    },
  });
  return {
    client,
    startAfresh() {
      if (state === 'opening') client.terminate();
      if (state !== 'open') return;
      try {
        opened?.send('{"type":"ping"}');
        limit(PROOF_MS);
      } catch {
        client.terminate();
      }
    },
    isUnopened: (error) => typeof error === 'object' && error !== null && unopened.has(error) && isSilent(error),
  };
}

/** Ended without a word of the server: the network broke it (1006, 1015), or our own deadline did (4499). */
function isSilent(event: object): boolean {
  return isErrorEvent(event) || ('code' in event && [1006, 1015, 4499].includes(Number(event.code)));
}

/** What a socket reports; other errors are thrown by the caller's own functions, or tell of answers that make no sense. */
function isErrorEvent(error: unknown): error is { type: 'error'; target: { onclose: unknown } | null } {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'error';
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
