/**
 * One WebSocket of a client: keep-alive and the meaning of close codes. It never reconnects by itself; each session does,
 * from the last cursor that it applied.
 */
import { type Client, createClient } from 'graphql-ws/client';
import { type HeadersSource, headersOf } from './graphql-http.js';
import type { TransportLoss } from './workflow-transport.port.js';

/** Interval between pings. Shorter: a dead connection is noticed sooner, at the cost of traffic. */
const PING_MS = 10_000;
/** Timeout for the pong. */
const PONG_MS = 5_000;
/** Timeout until a socket is open and acknowledged. Shorter: slow networks fall back to HTTP. */
const CONNECT_MS = 5_000;
/** Timeout for an open socket to prove that it is alive when that is in doubt. */
const PROOF_MS = 3_000;

export interface LiveSocketOptions {
  /** The URL of the GraphQL endpoint, `ws:` or `wss:`. */
  url: string;
  /** The WebSocket class; the platform's own when absent. */
  webSocket?: unknown;
  /** Sent as the payload of `connection_init`, because browsers do not allow custom headers on a WebSocket. */
  headers?: HeadersSource | undefined;
}

export interface LiveSocket {
  readonly client: Client;
  /** Closes the socket if it is still opening; pings an open one at once. */
  startAfresh(): void;
  /** Whether the error means that the socket never opened and the server gave no reason. */
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
    // Does not wait for the network to confirm the close; a dead one never does.
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
      // A refused handshake causes an error first, which ends the subscriptions, and then a close.
      error: (event) => {
        if (!isErrorEvent(event)) return;
        // Otherwise this close would make graphql-ws end whatever it is opening by then.
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

/** Closed without a reason from the server: the network broke the connection (1006, 1015) or our own timeout did (4499). */
function isSilent(event: object): boolean {
  return isErrorEvent(event) || ('code' in event && [1006, 1015, 4499].includes(Number(event.code)));
}

/**
 * An error reported by the socket. Other errors are thrown by the caller's own functions or are caused by malformed
 * answers.
 */
function isErrorEvent(error: unknown): error is { type: 'error'; target: { onclose: unknown } | null } {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'error';
}

/**
 * Codes in the fatal range that only mean slowness: the server waited too long for our first message (4408), or our own
 * watchdog closed a silent socket (4499).
 */
const slowness: ReadonlySet<number> = new Set([4408, 4499]);

/** What a session does about a closed socket. Codes 4400 to 4499 are refusals; after any other code it reconnects. */
export function lossOfClose(code: number, reason: string): TransportLoss {
  if (code >= 4400 && code < 4500 && !slowness.has(code)) {
    return { kind: 'fatal', message: reason || 'The server refused the connection.' };
  }
  return { kind: 'retryable', message: 'The connection to the server was lost. Reconnecting.' };
}
