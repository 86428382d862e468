/**
 * One subscription over HTTP, as `text/event-stream`. Owns the lines on the wire, signs of life, how long a client may
 * leave what it is sent unread, and the end; never knows what it carries.
 */
import type { ServerResponse } from 'node:http';
import type { SocketTimeouts } from './client-socket.js';

export class EventStream {
  private readonly timer: NodeJS.Timeout;
  private readonly over = Promise.withResolvers<void>();

  /** Sends the head of the answer. `timeouts` are those of sockets; a comment stands for a ping. */
  constructor(
    private readonly response: ServerResponse,
    private readonly timeouts: SocketTimeouts,
    headers: Readonly<Record<string, string>>,
  ) {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // A proxy that gathers or changes what passes would hold the stream back.
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
      // Behind what is not read yet it would only wait.
      if (response.writableLength === 0) response.write(': ping\n\n');
    }, timeouts.pingMs).unref();
    // Tells the client, and every proxy on the way, that the answer has begun.
    response.write(':\n\n');
  }

  /** Resolves when the client has left or the answer has ended. */
  get ended(): Promise<void> {
    return this.over.promise;
  }

  /** Resolves when the kernel has taken the event, or when the client has left. JSON text has no line breaks. */
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

  /** Ends the answer: politely, or by force when the client does not read the rest. */
  close(): void {
    this.response.end();
    setTimeout(() => this.response.destroy(), this.timeouts.closeMs).unref();
  }
}
