/**
 * How subscriptions reach the server: over WebSocket, or over HTTP where no WebSocket can be opened. The reason is logged
 * to the console.
 */
import type { Client } from 'graphql-ws/client';
import type { EventStreams } from './event-streams.js';
import type { LiveSockets, SubscribingSocket } from './live-sockets.js';

/**
 * How long HTTP is used before WebSocket is tried again. Shorter: networks that drop upgrade requests cost their timeout
 * more often.
 */
const HTTP_MS = 5 * 60_000;

/** Ends a doorbell subscription that would need an HTTP connection of its own; its subscriber polls instead. */
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
   * For subscriptions that only signal that something should be read again. Over HTTP/1.1, browsers open at most six
   * connections per host, which streams would occupy. Over HTTP these subscriptions therefore end with `askInstead`.
   */
  readonly doorbells: SubscribingSocket = {
    subscribe: (payload, sink) =>
      this.preferSocket(payload, sink as Sink, () => {
        const ask = () => sink.error(askInstead);
        // One probe finds out whether HTTP requests get through when no WebSocket does, and why no WebSocket opens.
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
        // A request may still get through when a socket does not open. If the server is away, the request fails too and
        // that failure is reported.
        if (this.sockets.isUnopened(error)) end = overHttp();
        else sink.error(error);
      },
    });
    return () => {
      isUnwanted = true;
      end();
    };
  }

  /** Prepares for new tries: closes sockets that are opening, checks that open ones are alive, and prefers WebSocket again. */
  startAfresh(): void {
    this.httpUntil = 0;
    this.sockets.startAfresh();
  }

  /** Call it for every stream that has begun. */
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
