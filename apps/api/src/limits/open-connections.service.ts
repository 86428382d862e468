/**
 * How many connections one address may hold: those that have not proven to be clients yet (no request has come, a
 * request's body is still awaited, or no `connection_init` has come on a WebSocket), and all WebSockets and event streams. Counted for each process of the api.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { addressGroup, clientAddress, isProxy } from '../http/client-address.js';
import { AddressCounts } from './address-counts.js';

export const connectionLimits = {
  /**
   * Connections of one address that are not proven yet. If fewer, a page whose people share an address is slow to come
   * back after a restart; if more, somebody who opens connections and says nothing holds more memory.
   */
  halfOpen: 250,
  /** How long a new connection may take to send the head of its first request. Longer: silence holds memory for longer. */
  firstRequestMs: 15_000,
  /**
   * How long a whole request may take to arrive; Node looks every 30 seconds. Shorter: the largest body (256 KiB) does not
   * come through a line of 70 kbit/s. Longer: an unfinished body holds a socket for longer.
   */
  requestMs: 30_000,
} as const;

/** The place that one connection takes. Each function may be called at any time and more than once. */
export interface ConnectionPlace {
  proven(): void;
  left(): void;
}

@Injectable()
export class OpenConnections {
  private readonly logger = new Logger(OpenConnections.name);
  private readonly open: AddressCounts;
  private readonly halfOpen: AddressCounts;

  constructor(
    @Inject(API_ENVIRONMENT)
    private readonly environment: Pick<ApiEnvironment, 'connectionsPerAddress' | 'trustedProxies'>,
  ) {
    const { connectionsPerAddress } = environment;
    this.open = new AddressCounts(connectionsPerAddress);
    this.halfOpen = new AddressCounts(connectionsPerAddress === null ? null : connectionLimits.halfOpen);
  }

  /** A place for a WebSocket or an event stream; `null` when its address has too many. */
  enter(request: Pick<IncomingMessage, 'headers' | 'socket'>): ConnectionPlace | null {
    const address = addressGroup(clientAddress(request, this.environment.trustedProxies));
    const left = this.open.enter(address);
    const proven = left && this.halfOpen.enter(address);
    if (left && proven) {
      return {
        proven,
        left: () => {
          proven();
          left();
        },
      };
    }
    left?.();
    this.logger.warn({ msg: 'too many connections', address });
    return null;
  }

  /** Ends connections that say nothing, and those of an address that has too many of them. Proxies may have any number. */
  watch(server: Server): void {
    server.headersTimeout = connectionLimits.firstRequestMs;
    server.requestTimeout = connectionLimits.requestMs;

    const proofs = new WeakMap<Socket, () => void>();
    const proven = ({ socket }: { socket: Socket }) => proofs.get(socket)?.();
    server.on('connection', (socket: Socket) => {
      const { remoteAddress = '' } = socket;
      const isCounted = !isProxy(remoteAddress, this.environment.trustedProxies);
      const leave = isCounted ? this.halfOpen.enter(addressGroup(remoteAddress)) : () => undefined;
      if (leave === null) {
        socket.destroy();
        return;
      }
      const deadline = setTimeout(() => socket.destroy(), connectionLimits.firstRequestMs).unref();
      const proof = () => {
        clearTimeout(deadline);
        leave();
      };
      proofs.set(socket, proof);
      socket.once('close', proof);
    });
    server.on('request', (request: IncomingMessage) => {
      proven(request);
      if (hasBody(request)) this.awaitBody(request);
    });
    server.on('upgrade', proven);
  }

  /** Behind a proxy, too, because the head has told who the client is. */
  private awaitBody(request: IncomingMessage): void {
    const address = addressGroup(clientAddress(request, this.environment.trustedProxies));
    const leave = this.halfOpen.enter(address);
    if (leave === null) {
      this.logger.warn({ msg: 'too many unfinished requests', address });
      request.socket.destroy();
      return;
    }
    request.once('end', leave);
    // Comes without `end` only when the socket has closed.
    request.once('close', leave);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
