/**
 * A `fetch` for the model's provider that limits how long connecting may take; the limit of Node's own cannot be set.
 * Owns the exchange over HTTP/1.1 and the pool of connections (Node's), and tells the model call of every byte that comes;
 * follows no redirects and takes no compression.
 * What came of an exchange is for the caller to judge.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { ConnectTimeoutError, signOfLife } from '#libs/engine';

/** Rejects with `ConnectTimeoutError` when there is no connection, TLS included, after `limitMs`. */
export function fetchWithConnectLimit(limitMs: number): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    asked.signal.throwIfAborted();
    const alive = signOfLife();
    const body = asked.body === null ? null : Buffer.from(await asked.arrayBuffer());
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const url = new URL(asked.url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method: asked.method,
      headers: {
        'accept-encoding': 'identity',
        ...Object.fromEntries(asked.headers),
        ...(body && { 'content-length': body.byteLength }),
      },
      signal: asked.signal,
    });
    limitConnecting(request, url.protocol === 'https:' ? 'secureConnect' : 'connect', limitMs);
    request.once('response', (message) => {
      // What is thrown in a listener would end the process.
      try {
        resolve(responseOf(message, alive));
      } catch (error) {
        message.destroy();
        reject(error);
      }
    });
    request.on('error', (error) => reject(asked.signal.aborted ? asked.signal.reason : error));
    // Node closes a connection that switches protocols without a word.
    request.once('close', () => reject(new Error('The connection was closed without an answer.')));
    request.end(body);
    return promise;
  };
}

/** A connection out of the pool stands already. */
function limitConnecting(request: ClientRequest, connected: 'connect' | 'secureConnect', limitMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(new ConnectTimeoutError(limitMs)), limitMs);
    const stop = () => clearTimeout(timer);
    socket.once(connected, stop);
    socket.once('close', stop);
  });
}

const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/** Throws for what no `Response` can stand for, such as a status outside 200–599. */
function responseOf(message: IncomingMessage, alive: () => void): Response {
  const status = message.statusCode ?? 0;
  const encoding = message.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new Error('The answer is compressed, unasked.');
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (withoutBody.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const bytes = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  return new Response(bytes.pipeThrough(noticing(alive)), { status, headers });
}

function noticing(alive: () => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(bytes, controller) {
      alive();
      controller.enqueue(bytes);
    },
  });
}
