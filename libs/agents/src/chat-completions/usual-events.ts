/**
 * Converts the bytes of an answer to what the provider package expects from Chat Completions, in linear time and bounded
 * memory. `ChatAnswer` interprets the messages.
 */
import type { Transformer } from 'node:stream/web';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { ChatAnswer } from './chat-answer.js';

/** Maximum characters of one event, or of an unstreamed answer. No step produces as many. */
const MAX_BUFFERED = 8 * 1024 * 1024;

/** How an answer arrives: as events, or in one piece even though a stream was requested. */
type Form = 'unknown' | 'events' | 'one-piece';

class UsualEvents implements Transformer<Uint8Array, Uint8Array> {
  private readonly decoder = new TextDecoder();
  private readonly encoder = new TextEncoder();
  private readonly parser: EventSourceParser;
  private form: Form = 'unknown';
  private piece: string[] = [];
  private pieceLength = 0;
  private ready: object[] = [];
  private ending = false;

  constructor(private readonly answer: ChatAnswer) {
    this.parser = createParser({
      maxBufferSize: MAX_BUFFERED,
      onEvent: ({ data, event }) => {
        if (!this.ending || isWhole(data)) this.ready.push(...this.answer.event(data, event));
      },
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded') throw error;
      },
    });
  }

  transform(bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    this.take(this.decoder.decode(bytes, { stream: true }));
    this.send(controller);
  }

  flush(controller: TransformStreamDefaultController<Uint8Array>): void {
    this.take(this.decoder.decode());
    this.ending = true;
    if (this.form === 'one-piece') this.ready.push(...this.wholeAnswer());
    // Some servers omit the blank line after the last event.
    else if (this.form === 'events') this.parser.feed('\n\n');
    this.ready.push(...this.answer.end());
    this.send(controller);
  }

  private take(text: string): void {
    if (this.form === 'unknown') {
      const start = /\S/.exec(text)?.[0];
      if (start === undefined) return;
      this.form = start === '{' ? 'one-piece' : 'events';
    }
    if (this.form === 'events') {
      this.parser.feed(text);
      return;
    }
    this.piece.push(text);
    this.pieceLength += text.length;
    if (this.pieceLength > MAX_BUFFERED) throw new Error('The answer is too long to be read in one piece.');
  }

  private wholeAnswer(): object[] {
    const text = this.piece.join('');
    const chunks = this.answer.event(text);
    // It arrived complete, or it would not have parsed.
    return [...chunks, ...this.answer.event('[DONE]')];
  }

  private send(controller: TransformStreamDefaultController<Uint8Array>): void {
    if (this.ready.length === 0) return;
    const text = this.ready.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
    this.ready = [];
    controller.enqueue(this.encoder.encode(text));
  }
}

/** The last event may have been cut off. */
function isWhole(data: string): boolean {
  return data.trim() === '[DONE]' || data.trimEnd().endsWith('}');
}

/** A `fetch` whose successful answers are read by `answer`. Each `fetch` serves one answer. */
export function fetchUsualEvents(fetch: typeof globalThis.fetch, answer: ChatAnswer): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.ok || response.body === null) return response;
    const headers = new Headers(response.headers);
    headers.set('content-type', 'text/event-stream');
    headers.delete('content-length');
    const body = response.body.pipeThrough(new TransformStream(new UsualEvents(answer)));
    return new Response(body, { status: response.status, headers });
  };
}
