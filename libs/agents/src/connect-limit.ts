/**
 * A `fetch` for the model's provider with a limit on connecting, which the platform's own does not offer. Reports every
 * received byte to the model call; follows no redirects and accepts no compression. The caller interprets the response.
 */
import { Agent, type Dispatcher, errors } from 'undici';
import { type AnswerListener, answerListener, BurstPace, ConnectTimeoutError, timings } from '#libs/engine';
import { EarlyText } from './early-text.js';

/** More than a model writes while its answer waits for others; what is larger goes on at once. */
const GATHER_BYTES = 32 * 1024;

/**
 * Rejects with `ConnectTimeoutError` when there is no connection, including TLS, after `limitMs`.
 * @param earlyText whether event streams are those of OpenAI's Responses API, whose text can be shown early
 */
export function fetchWithConnectLimit(
  limitMs: number,
  { earlyText = false, gatherMs = timings.gatherMs }: { earlyText?: boolean; gatherMs?: number } = {},
): typeof fetch {
  // The caller limits how long an answer may take.
  const pace = new BurstPace(gatherMs);
  const dispatcher = new Agent({ connect: { timeout: limitMs }, headersTimeout: 0, bodyTimeout: 0 });
  return async (input, init) => {
    const asked = new Request(input, init);
    const listener = answerListener();
    const { origin, pathname, search } = new URL(asked.url);
    const request = {
      origin,
      path: pathname + search,
      method: asked.method,
      headers: { 'accept-encoding': 'identity', ...Object.fromEntries(asked.headers) },
      body: asked.body === null ? null : Buffer.from(await asked.arrayBuffer()),
    };
    return new Promise<Response>((resolve, reject) => {
      dispatcher.dispatch(request, new Answer({ asked, listener, pace, earlyText, resolve, reject }));
    }).catch((error: unknown) => {
      throw error instanceof errors.ConnectTimeoutError ? new ConnectTimeoutError(limitMs) : error;
    });
  };
}

interface Call {
  /** Kept, not only its signal: that follows the caller's signal only while the request is referenced. */
  asked: Request;
  listener: AnswerListener;
  pace: BurstPace;
  earlyText: boolean;
  resolve: (response: Response) => void;
  reject: (reason: unknown) => void;
}

/** Passes bytes from the connection to the body's stream, and holds the connection back while nobody reads. */
class Answer implements Dispatcher.DispatchHandler {
  private connection: Dispatcher.DispatchController | null = null;
  private body: ReadableStreamDefaultController<Uint8Array> | null = null;
  private early: EarlyText | null = null;
  /** Bytes that wait for the next burst. */
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;

  constructor(private readonly call: Call) {
    const { signal } = call.asked;
    if (signal.aborted) this.abort();
    else signal.addEventListener('abort', this.abort, { once: true });
  }

  private readonly abort = (): void => {
    // Before there is a connection, nothing else ends the waiting.
    const { reason } = this.call.asked.signal;
    this.call.reject(reason);
    this.connection?.abort(reason);
  };

  onRequestStart(connection: Dispatcher.DispatchController): void {
    this.connection = connection;
    if (this.call.asked.signal.aborted) this.abort();
  }

  onResponseStart(connection: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    const isEventStream = /^text\/event-stream\b/i.test(String(headers['content-type']));
    if (this.call.earlyText && isEventStream) this.early = new EarlyText(this.call.listener);
    try {
      this.call.resolve(responseOf(status, headers, withoutBody.has(status) ? null : this.bytesOf(connection)));
    } catch (error) {
      this.call.reject(error);
      connection.abort(error as Error);
    }
  }

  onResponseData(connection: Dispatcher.DispatchController, bytes: Buffer): void {
    this.call.listener.heard();
    this.gatheredBytes += bytes.length;
    const isFull = this.gatheredBytes >= GATHER_BYTES;
    if (this.gathered.push(bytes) > 1 && !isFull) return;
    const turn = isFull ? null : this.call.pace.turn(this);
    if (turn) void turn.then(() => this.passOn(connection));
    else this.passOn(connection);
  }

  onResponseEnd(connection: Dispatcher.DispatchController): void {
    this.passOn(connection);
    if (this.early) this.enqueue(this.early.end());
    this.ended()?.close();
  }

  onResponseError(connection: Dispatcher.DispatchController, error: Error): void {
    this.passOn(connection);
    this.call.reject(error);
    this.ended()?.error(error);
  }

  private passOn(connection: Dispatcher.DispatchController): void {
    const bytes = this.gathered.length === 1 ? this.gathered[0] : Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    if (!this.body || !bytes?.length) return;
    this.enqueue(this.early ? this.early.next(bytes) : bytes);
    if (this.body && (this.body.desiredSize ?? 0) <= 0) connection.pause();
  }

  private enqueue(bytes: Uint8Array): void {
    // What was shown may have failed the call, and so ended this.
    if (bytes.length > 0) this.body?.enqueue(bytes);
  }

  private bytesOf(connection: Dispatcher.DispatchController): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (body) => {
        this.body = body;
      },
      pull: () => {
        if (connection.paused) connection.resume();
      },
      cancel: (reason: unknown) => {
        this.ended();
        connection.abort(reason instanceof Error ? reason : new errors.RequestAbortedError());
      },
    });
  }

  private ended(): ReadableStreamDefaultController<Uint8Array> | null {
    const { body } = this;
    this.body = null;
    this.call.asked.signal.removeEventListener('abort', this.abort);
    return body;
  }
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/** Throws for responses that a `Response` cannot represent, such as a status outside 200–599. */
function responseOf(status: number, headers: Headers, bytes: ReadableStream<Uint8Array> | null): Response {
  const lines = Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const response = new Response(bytes, { status, headers: lines });
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new Error('The answer is compressed, unasked.');
  return response;
}
