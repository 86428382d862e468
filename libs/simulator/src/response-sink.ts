/** The socket of one answer: backpressure, disconnected clients, ends and resets. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sink } from './playback.js';

/** An answer was aborted because the client closed its connection. */
export class ClientLeft extends Error {
  constructor() {
    super('The client closed the connection.');
    this.name = 'ClientLeft';
  }
}

export class ResponseSink implements Sink {
  private readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;

  constructor(private readonly response: ServerResponse) {
    response.once('close', () => {
      if (!response.writableEnded) this.controller.abort(new ClientLeft());
    });
  }

  async write(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (this.response.write(text)) {
      // Lets the event loop notice a closed socket and serve other answers.
      await nextTurn();
    } else {
      await this.drained();
    }
    this.signal.throwIfAborted();
  }

  end(): void {
    this.response.end();
  }

  reset(): void {
    // From here on, this side closes the connection.
    this.response.removeAllListeners('close');
    this.response.socket?.resetAndDestroy();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.response.off('drain', done);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      this.response.on('drain', done);
      this.signal.addEventListener('abort', done);
      if (this.signal.aborted) done();
    });
  }
}
