/**
 * A client connection that a test can hold: stop reading, go on, or break inside a frame. Owns the connection's wire;
 * never looks into a message.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** Passes bytes on to a server, and cuts connections where it is told to. */
export class CuttingProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private cutAfter = Number.POSITIVE_INFINITY;
  /** How many connections were cut. */
  cuts = 0;

  private constructor(private readonly target: URL) {
    this.server = createServer((client) => this.pass(client));
  }

  static async start(target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(target));
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** A client whose next connection breaks when this many more bytes have come from the server. */
  newSocket(cutAfterBytes: number): Client {
    this.cutAfter = cutAfterBytes;
    const { port } = this.server.address() as AddressInfo;
    return createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let left = this.cutAfter;
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (bytes: Buffer) => {
      if (bytes.length < left) {
        left -= bytes.length;
        client.write(bytes);
        return;
      }
      this.cuts += 1;
      upstream.destroy();
      client.end(bytes.subarray(0, left));
    });
  }
}

/** A client that can stop reading what the server sends. */
export class HeldSocket {
  readonly client: Client;
  private socket: WebSocket | null = null;

  constructor(url: string) {
    const keep = (socket: WebSocket) => {
      this.socket = socket;
    };
    class KeptWebSocket extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        keep(this);
      }
    }
    const address = `${url.replace('http', 'ws')}/graphql`;
    this.client = createClient({ url: address, webSocketImpl: KeptWebSocket, retryAttempts: 0 });
  }

  stopReading(): void {
    this.socket?.pause();
  }

  readOn(): void {
    this.socket?.resume();
  }
}
