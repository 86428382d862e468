import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NetworkError } from './errors.js';
import { EventStreams } from './event-streams.js';

let told: unknown[];
let write: (text: string) => void;
let end: () => void;
let aborted: AbortSignal | null | undefined;

/** A server whose response is written by the test. */
function answered(): Promise<Response> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      write = (text) => controller.enqueue(new TextEncoder().encode(text));
      end = () => controller.close();
      aborted?.addEventListener('abort', () => controller.error(aborted?.reason));
    },
  });
  return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }));
}

const neverAnswered = () =>
  new Promise<Response>((_resolve, reject) => {
    aborted?.addEventListener('abort', () => reject(aborted?.reason));
  });

function streamsOf(answer: () => Promise<Response>): EventStreams {
  const fetch = (_url: unknown, { signal }: RequestInit) => {
    aborted = signal;
    return answer();
  };
  const http = {
    endpoint: 'http://127.0.0.1/graphql',
    fetch: fetch as typeof globalThis.fetch,
    headers: undefined,
    disposal: new AbortController().signal,
  };
  return new EventStreams(http, () => told.push('opened'));
}

function follow(answer: () => Promise<Response>): () => void {
  return streamsOf(answer).subscribe(
    { query: '' },
    {
      next: (value) => told.push(value),
      error: (error) => told.push(error),
      complete: () => told.push('complete'),
    },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
});
afterEach(() => vi.useRealTimers());

describe('EventStreams', () => {
  it('tells what arrives, however it is cut into pieces, to the last word', async () => {
    follow(answered);
    await vi.advanceTimersByTimeAsync(0);
    for (const piece of [':\n\nev', 'ent: next\r\nda', 'ta: {"data":', '1}\n\n: ping\n\nevent: complete\ndata:\n\n'])
      write(piece);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['opened', { data: 1 }, 'complete']);
  });

  it('gives up when no answer begins within 4 seconds', async () => {
    follow(neverAnswered);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([expect.any(NetworkError)]);
  });

  it('gives up after 35 seconds of silence, and not while there are signs of life', async () => {
    follow(answered);
    for (let at = 0; at < 10; at++) {
      await vi.advanceTimersByTimeAsync(15_000);
      write(': ping\n\n');
    }
    await vi.advanceTimersByTimeAsync(34_999);
    expect(told).toEqual(['opened']);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['opened', expect.any(NetworkError)]);
  });

  it('takes an end without a last word for a loss', async () => {
    follow(answered);
    await vi.advanceTimersByTimeAsync(0);
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['opened', expect.any(NetworkError)]);
  });

  it('tells why it was refused', async () => {
    const errors = [{ message: 'No.', extensions: { code: 'UNAUTHENTICATED' } }];
    follow(() => Promise.resolve(Response.json({ errors }, { status: 401 })));
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([errors]);
  });

  it('ends the request, without a word, when it is left', async () => {
    const leave = follow(answered);
    await vi.advanceTimersByTimeAsync(0);
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(aborted?.aborted).toBe(true);
    expect(told).toEqual(['opened']);
  });

  it('lets go of a connection as soon as a probe has got through, and tells of one that does not', async () => {
    const probe = (answer: () => Promise<Response>) =>
      streamsOf(answer).probe({ query: '' }, { error: (error) => told.push(error) }, () => told.push('reached'));
    probe(answered);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(aborted?.aborted).toBe(true);
    expect(told).toEqual(['opened', 'reached']);
    probe(() => Promise.resolve(new Response('', { status: 502 })));
    await vi.advanceTimersByTimeAsync(0);
    expect(told.slice(2)).toEqual([expect.any(NetworkError)]);
  });
});
