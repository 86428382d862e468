/**
 * Subscriptions over HTTP, one request each, for networks that block WebSockets (GraphQL over SSE, distinct connections
 * mode). The session reconnects.
 */
import type { Client } from 'graphql-ws/client';
import { type GraphqlErrorAnswer, NetworkError } from './errors.js';
import { type HttpOptions, headersOf } from './graphql-http.js';
import type { SubscribingSocket } from './live-sockets.js';

/** Timeout for the head of the response. Longer: a request that the network dropped is noticed later. */
const OPEN_MS = 4_000;
/** The server sends something at least every 15 seconds. */
const SILENCE_MS = 35_000;

type EventSink = Parameters<Client['subscribe']>[1];
const ignoring = { next: () => undefined, complete: () => undefined };

export class EventStreams implements SubscribingSocket {
  /** @param opened called with the headers of each response that has begun */
  constructor(
    private readonly http: HttpOptions,
    private readonly opened: (headers: Headers) => void,
  ) {}

  readonly subscribe: Client['subscribe'] = (payload, sink) => this.begin(payload, sink as EventSink);

  /** Calls `reached` when the server responds, and closes the connection then. Delivers no events. */
  probe(payload: object, sink: Pick<EventSink, 'error'>, reached: () => void): () => void {
    const end = this.begin(payload, { ...ignoring, error: (error) => sink.error(error) }, () => {
      end();
      reached();
    });
    return end;
  }

  private begin(payload: object, sink: EventSink, reached?: () => void): () => void {
    const unwanted = new AbortController();
    const isOver = () => unwanted.signal.aborted || this.http.disposal.aborted;
    this.follow(payload, sink, unwanted.signal, reached).then(
      () => undefined,
      (error: unknown) => {
        if (!isOver()) sink.error(error);
      },
    );
    return () => unwanted.abort();
  }

  private async follow(payload: object, sink: EventSink, unwanted: AbortSignal, reached?: () => void): Promise<void> {
    const silence = new Silence();
    const signal = AbortSignal.any([unwanted, this.http.disposal, silence.signal]);
    try {
      silence.limit(OPEN_MS);
      const response = await this.http.fetch(this.http.endpoint, {
        method: 'POST',
        headers: {
          ...(await headersOf(this.http.headers, signal)),
          'content-type': 'application/json',
          accept: 'text/event-stream',
        },
        body: JSON.stringify(payload),
        signal,
      });
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
      if (!response.ok || !response.body || !isStream) throw await refusalOf(response);
      this.opened(response.headers);
      reached?.();
      for await (const { event, data } of eventsOf(response.body, () => silence.limit(SILENCE_MS))) {
        if (unwanted.aborted) return;
        if (event === 'next') sink.next(JSON.parse(data));
        if (event === 'complete') {
          sink.complete();
          return;
        }
      }
      throw new NetworkError(new Error('The stream ended without a last word.'));
    } catch (error) {
      throw Array.isArray(error) || error instanceof NetworkError ? error : new NetworkError(error);
    } finally {
      silence.end();
    }
  }
}

/** A deadline that can be moved. */
class Silence {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal = this.controller.signal;

  limit(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(new Error('The server was silent for too long.')), ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

async function refusalOf(response: Response): Promise<NetworkError | GraphqlErrorAnswer[]> {
  const text = await response.text();
  try {
    const { errors } = JSON.parse(text) as { errors?: GraphqlErrorAnswer[] };
    if (errors?.length) return errors;
  } catch {
    // The page of a proxy, not an answer of the server.
  }
  return new NetworkError(new Error(`The server answered with ${response.status}.`));
}

/** The events of a response in order, without comments and unused fields. */
async function* eventsOf(body: ReadableStream<Uint8Array>, alive: () => void) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      alive();
      const { done, value } = await reader.read();
      if (done) return;
      const [first = '', ...lines] = decoder.decode(value, { stream: true }).split('\n');
      rest.push(first);
      for (const next of lines) {
        // A long line arrives in many pieces, which are joined only once.
        const line = rest.join('').replace(/\r$/, '');
        rest = [next];
        if (line.startsWith('event:')) event = line.slice(6).trim();
        else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
        else if (line === '') {
          if (event !== '') yield { event, data: data.join('\n') };
          event = '';
          data = [];
        }
      }
    }
  } finally {
    // Releases the connection; harmless when the body has ended or failed.
    await reader.cancel().catch(() => undefined);
  }
}
