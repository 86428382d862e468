/**
 * One WebSocket of the protocol, whatever it carries: keep-alive, backpressure, a limit on unread messages, and closing.
 *
 * `send` resolves when the kernel has taken the message. Senders wait for that before they ask for more, so an unread
 * socket holds at most one message per subscription and does not affect other sockets.
 */
import type { WebSocket } from 'ws';

/** "Try again later": the client did not read. */
export const CLOSE_TOO_SLOW = 1013;

export interface SocketTimeouts {
  /**
   * Ping interval. A client that has not answered by the next ping is cut off. If shorter, dead clients hold resources for
   * less time.
   */
  pingMs: number;
  /** How long a message may wait for the client to read, in addition to the time allowed for its size. */
  unreadMs: number;
  /** The slowest client that is tolerated, in bytes per second. */
  slowestBytesPerSecond: number;
  /** How long a client may take to answer a close frame. */
  closeMs: number;
}

export class ClientSocket {
  /** Deadline of each message that the kernel has not taken yet, oldest first. */
  private readonly deadlines: number[] = [];
  private alive = true;
  private backlogAtPing = 0;
  private readonly timer: NodeJS.Timeout;
  private nextPingAt: number;
  private ended = false;
  private readonly over = Promise.withResolvers<void>();

  /** `onEnd` is called once: when the socket has closed, or when it starts closing and nothing more may be sent. */
  constructor(
    private readonly socket: WebSocket,
    private readonly timeouts: SocketTimeouts,
    private readonly onEnd: (code: number, reason: string) => void,
  ) {
    this.nextPingAt = performance.now() + timeouts.pingMs;
    const checkMs = Math.min(timeouts.pingMs, timeouts.unreadMs) / 3;
    this.timer = setInterval(() => this.check(), checkMs).unref();
    socket.on('pong', () => {
      this.alive = true;
    });
    socket.once('close', (code, reason) => {
      clearInterval(this.timer);
      this.end(code, String(reason));
      this.over.resolve();
    });
  }

  /** Resolves when the kernel has taken the message, or when the socket has closed. */
  send(data: string): Promise<void> {
    const { socket } = this;
    // A sender in a loop must not continue at full speed while the socket is closing.
    if (this.ended || socket.readyState !== socket.OPEN) return this.over.promise;
    const { unreadMs, slowestBytesPerSecond } = this.timeouts;
    // Messages are sent one after the other, so their times add up.
    const from = Math.max(performance.now() + unreadMs, this.deadlines.at(-1) ?? 0);
    this.deadlines.push(from + (Buffer.byteLength(data) / slowestBytesPerSecond) * 1_000);
    return new Promise((resolve, reject) => {
      socket.send(data, (error) => {
        this.deadlines.shift();
        if (error && socket.readyState === socket.OPEN) reject(error);
        else resolve(error ? this.over.promise : undefined);
      });
    });
  }

  /**
   * Ends subscriptions at once, then the socket: with a close frame, or by force when the client does not answer.
   * Idempotent.
   */
  close(code: number, reason: string): void {
    this.socket.close(code, shortReason(reason));
    this.end(code, reason);
    setTimeout(() => this.socket.terminate(), this.timeouts.closeMs).unref();
  }

  private end(code: number, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd(code, reason);
  }

  private check(): void {
    const { socket, timeouts } = this;
    if (this.ended) return;
    const now = performance.now();
    const oldest = this.deadlines[0];
    if (oldest !== undefined && oldest < now) {
      this.close(CLOSE_TOO_SLOW, 'Too slow');
      return;
    }
    if (now < this.nextPingAt) return;
    this.nextPingAt = now + timeouts.pingMs;
    // Our ping queues behind data that a slow client has not read yet, so reading counts as a sign of life too.
    const reads = this.backlogAtPing > 0 && socket.bufferedAmount < this.backlogAtPing;
    if (!this.alive && !reads && this.deadlines.length === 0) {
      socket.terminate();
      return;
    }
    this.alive = false;
    this.backlogAtPing = socket.bufferedAmount;
    if (socket.readyState === socket.OPEN) socket.ping();
  }
}

/** A close frame holds at most 123 bytes of reason. Source: RFC 6455, section 5.5. */
function shortReason(reason: string): string {
  let short = reason.slice(0, 123);
  while (Buffer.byteLength(short) > 123) short = short.slice(0, -1);
  return short;
}
