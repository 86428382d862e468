/**
 * A `fetch` for the model's provider with a limit on connecting, which the platform's own does not offer. Reports every
 * received byte to the model call; follows no redirects and accepts no compression. The caller interprets the response.
 */
import { Readable } from 'node:stream';
import { Agent, errors, request } from 'undici';
import { ConnectTimeoutError, signOfLife } from '#libs/engine';

/** Rejects with `ConnectTimeoutError` when there is no connection, including TLS, after `limitMs`. */
export function fetchWithConnectLimit(limitMs: number): typeof fetch {
  // The caller limits how long an answer may take.
  const dispatcher = new Agent({ connect: { timeout: limitMs }, headersTimeout: 0, bodyTimeout: 0 });
  return async (input, init) => {
    const asked = new Request(input, init);
    const alive = signOfLife();
    const answer = await request(asked.url, {
      dispatcher,
      method: asked.method,
      headers: { 'accept-encoding': 'identity', ...Object.fromEntries(asked.headers) },
      body: asked.body === null ? null : Buffer.from(await asked.arrayBuffer()),
      signal: asked.signal,
    }).catch((error: unknown) => {
      throw error instanceof errors.ConnectTimeoutError ? new ConnectTimeoutError(limitMs) : error;
    });
    try {
      return responseOf(answer, alive);
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  };
}

const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/** Throws for responses that a `Response` cannot represent, such as a status outside 200–599. */
function responseOf({ statusCode, headers, body }: Awaited<ReturnType<typeof request>>, alive: () => void): Response {
  const lines = Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const init = { status: statusCode, headers: lines };
  const encoding = new Headers(lines).get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new Error('The answer is compressed, unasked.');
  if (withoutBody.has(statusCode)) {
    body.resume();
    return new Response(null, init);
  }
  const bytes = Readable.toWeb(body) as ReadableStream<Uint8Array>;
  return new Response(bytes.pipeThrough(noticing(alive)), init);
}

function noticing(alive: () => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(bytes, controller) {
      alive();
      controller.enqueue(bytes);
    },
  });
}
