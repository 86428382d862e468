/**
 * How subscriptions reach the server: over WebSocket, or, where none can be opened, over HTTP. It says why in the console.
 */
import type { Client } from 'graphql-ws/client';
import type { EventStreams } from './event-streams.js';
import type { LiveSockets, SubscribingSocket } from './live-sockets.js';

/** How long HTTP is used before a WebSocket is tried again. Shorter: networks that swallow upgrades cost their wait more often. */
const HTTP_MS = 5 * 60_000;

/** How a doorbell ends where it would hold a connection for itself: whoever follows it asks from time to time instead. */
export const askInstead = Symbol('ask instead');

type Sink = Parameters<Client['subscribe']>[1];

export class LiveConnections implements SubscribingSocket {
  private httpUntil = 0;

  constructor(
    private readonly sockets: LiveSockets,
    private readonly streams: EventStreams,
  ) {}

  readonly subscribe: Client['subscribe'] = (payload, sink) =>
    this.preferSocket(payload, sink as Sink, () => this.streams.subscribe(payload, sink as Sink));

  /**
   * For subscriptions that only say that something is to be read again. Browsers open six connections to a host over
   * HTTP/1.1, which streams would take away from requests: over HTTP these end with `askInstead`.
   */
  readonly doorbells: SubscribingSocket = {
    subscribe: (payload, sink) =>
      this.preferSocket(payload, sink as Sink, () => {
        const ask = () => sink.error(askInstead);
        // Whether requests get through when no WebSocket does, and why none does, is found out once.
        if (!this.isOverHttp) return this.streams.probe(payload, sink as Sink, ask);
        ask();
        return () => undefined;
      }),
  };

  private get isOverHttp(): boolean {
    return Date.now() < this.httpUntil;
  }

  private preferSocket(payload: Parameters<Client['subscribe']>[0], sink: Sink, overHttp: () => () => void) {
    if (this.isOverHttp) return overHttp();
    let isUnwanted = false;
    let end = this.sockets.subscribe(payload, {
      next: (value) => sink.next(value as never),
      complete: () => sink.complete(),
      error: (error) => {
        if (isUnwanted) return;
        // What cannot be opened may still be reached by a request. When the server is away, that fails as well and is told.
        if (this.sockets.isUnopened(error)) end = overHttp();
        else sink.error(error);
      },
    });
    return () => {
      isUnwanted = true;
      end();
    };
  }

  /** Makes way for new tries: gives up what is being opened, has open sockets prove that they live, prefers sockets again. */
  startAfresh(): void {
    this.httpUntil = 0;
    this.sockets.startAfresh();
  }

  /** To be told of every stream that has begun. */
  readonly opened = (headers: Headers): void => {
    const first = this.httpUntil === 0;
    this.httpUntil = Date.now() + HTTP_MS;
    if (first) console.warn(reasonFor(headers.get('x-holdfast-websocket')));
  };

  dispose(): Promise<void> {
    return this.sockets.dispose();
  }
}

function reasonFor(told: string | null): string {
  const instead = 'Holdfast follows over HTTP (text/event-stream) instead.';
  if (told !== 'origin-refused') {
    return `No WebSocket could be opened to the server; a proxy on the way may not pass them. ${instead}`;
  }
  const { origin = 'the origin of this page' } = (globalThis as { location?: { origin?: string } }).location ?? {};
  return (
    `The server refuses WebSockets from ${origin}, because it does not know that name, perhaps behind a proxy that changes the Host ` +
    `header. ${instead} To allow them, add ${origin} to HOLDFAST_ALLOWED_ORIGINS.`
  );
}
