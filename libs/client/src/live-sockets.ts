/** The sockets of a client: as many as its subscriptions need, because a server takes a limited number of them on each. */
import type { Client } from 'graphql-ws/client';
import type { LiveSocket } from './live-socket.js';

/** What a transport needs of a socket. */
export type SubscribingSocket = Pick<Client, 'subscribe'>;

/** The server's own limit; see the protocol document. */
const SUBSCRIPTIONS_PER_SOCKET = 50;

interface Socket extends LiveSocket {
  subscriptions: number;
}

export class LiveSockets implements SubscribingSocket {
  private readonly sockets: Socket[] = [];

  /** @param create a socket that opens with its first subscription and closes after its last */
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

  /** Gives up those that are being opened, and has the others prove that they live. */
  startAfresh(): void {
    for (const socket of this.sockets) socket.startAfresh();
  }

  /** Whether a subscription ended because its socket could not be opened, for no reason that the server gave. */
  isUnopened(error: unknown): boolean {
    return this.sockets.some((socket) => socket.isUnopened(error));
  }

  /** Closes all of them. */
  async dispose(): Promise<void> {
    // One that is being opened would be waited for.
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
