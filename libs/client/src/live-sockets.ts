/**
 * The sockets of a client: as many as its subscriptions need, because a server takes a limited number of them on each.
 * Owns which subscription is on which socket; never reconnects.
 */
import type { Client } from 'graphql-ws/client';

/** What a transport needs of a socket. */
export type SubscribingSocket = Pick<Client, 'subscribe'>;

/** The server's own limit; see the protocol document. */
const SUBSCRIPTIONS_PER_SOCKET = 50;

interface Socket {
  readonly client: Client;
  subscriptions: number;
}

export class LiveSockets implements SubscribingSocket {
  private readonly sockets: Socket[] = [];

  /** @param create a socket that opens with its first subscription and closes after its last */
  constructor(private readonly create: () => Client) {}

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

  /** Closes all of them. */
  async dispose(): Promise<void> {
    await Promise.all(this.sockets.map(({ client }) => client.dispose()));
  }

  private roomySocket(): Socket {
    const roomy = this.sockets.find(({ subscriptions }) => subscriptions < SUBSCRIPTIONS_PER_SOCKET);
    if (roomy) return roomy;
    const socket = { client: this.create(), subscriptions: 0 };
    this.sockets.push(socket);
    return socket;
  }
}
