/**
 * One subscription over HTTP, as `text/event-stream`, whatever it carries: wire format, keep-alive, backpressure, a limit
 * on unread events, and the end.
 */
import type { ServerResponse } from 'node:http';
import type { SocketTimeouts } from './client-socket.js';

export class EventStream {
  private readonly timer: NodeJS.Timeout;
  private readonly over = Promise.withResolvers<void>();

  /** Sends the response headers. `timeouts` are those of sockets; a comment line replaces the ping. */
  constructor(
    private readonly response: ServerResponse,
    private readonly timeouts: SocketTimeouts,
    headers: Readonly<Record<string, string>>,
  ) {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies that buffer or transform responses would delay the stream.
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    response.on('error', () => response.destroy());
    response.once('close', () => {
      clearInterval(this.timer);
      this.over.resolve();
    });
    this.timer = setInterval(() => {
      // Behind unread data it would only queue.
      if (response.writableLength === 0) response.write(': ping\n\n');
    }, timeouts.pingMs).unref();
    // Shows the client, and every proxy in between, that the response has begun.
    response.write(':\n\n');
  }

  /** Resolves when the client has left or the response has ended. */
  get ended(): Promise<void> {
    return this.over.promise;
  }

  /** Resolves when the kernel has taken the event or the client has left. JSON text contains no line breaks. */
  send(event: 'next' | 'complete', data: string): Promise<void> {
    const { response, timeouts } = this;
    if (response.destroyed || response.writableEnded) return this.over.promise;
    const text = `event: ${event}\ndata: ${data}\n\n`;
    return new Promise((resolve) => {
      const waitMs = timeouts.unreadMs + (Buffer.byteLength(text) / timeouts.slowestBytesPerSecond) * 1_000;
      const deadline = setTimeout(() => response.destroy(), waitMs).unref();
      response.write(text, (error) => {
        clearTimeout(deadline);
        resolve(error ? this.over.promise : undefined);
      });
    });
  }

  /** Ends the response: normally, or by force when the client does not read the rest. */
  close(): void {
    this.response.end();
    setTimeout(() => this.response.destroy(), this.timeouts.closeMs).unref();
  }
}
