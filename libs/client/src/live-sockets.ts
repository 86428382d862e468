/** The sockets of a client, as many as its subscriptions need: the server limits the number of subscriptions on each. */
import type { Client } from 'graphql-ws/client';
import type { LiveSocket } from './live-socket.js';

/** The part of a socket that a transport needs. */
export type SubscribingSocket = Pick<Client, 'subscribe'>;

/** The server's limit; see the protocol document. */
const SUBSCRIPTIONS_PER_SOCKET = 50;

interface Socket extends LiveSocket {
  subscriptions: number;
}

export class LiveSockets implements SubscribingSocket {
  private readonly sockets: Socket[] = [];

  /** @param create makes a socket that opens with its first subscription and closes after its last */
  constructor(private readonly create: () => LiveSocket) {}

  readonly subscribe: Client['subscribe'] = (payload, sink) => {
    const socket = this.roomySocket();
    socket.subscriptions += 1;
    let counted = true;
    const leave = () => {
      if (counted) socket.subscriptions -= 1;
      counted = false;
    };
    const end = socket.client.subscribe(payload, {
      next: (value) => sink.next(value as Parameters<typeof sink.next>[0]),
      error: (error) => {
        leave();
        sink.error(error);
      },
      complete: () => {
        leave();
        sink.complete();
      },
    });
    return () => {
      leave();
      end();
    };
  };

  /** Closes the sockets that are opening, and checks that the others are alive. */
  startAfresh(): void {
    for (const socket of this.sockets) socket.startAfresh();
  }

  /** Whether a subscription ended because its socket could not be opened and the server gave no reason. */
  isUnopened(error: unknown): boolean {
    return this.sockets.some((socket) => socket.isUnopened(error));
  }

  /** Closes all sockets. */
  async dispose(): Promise<void> {
    // Otherwise `dispose` would wait for a socket that is opening.
    this.startAfresh();
    await Promise.allSettled(this.sockets.map(({ client }) => client.dispose()));
  }

  private roomySocket(): Socket {
    const roomy = this.sockets.find(({ subscriptions }) => subscriptions < SUBSCRIPTIONS_PER_SOCKET);
    if (roomy) return roomy;
    const socket = { ...this.create(), subscriptions: 0 };
    this.sockets.push(socket);
    return socket;
  }
}
