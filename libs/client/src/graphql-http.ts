/** Sends queries and mutations over HTTP and interprets the answers. Never retries. */
import { type GraphqlErrorAnswer, NetworkError, RequestError, requestErrorOf } from './errors.js';
import { unlessAborted } from './unless-aborted.js';

/**
 * A GraphQL document as text. Typed documents carry their types, as GraphQL Code Generator produces them with
 * `documentMode: 'string'`.
 */
export interface TypedDocumentText<TData, TVariables> {
  toString(): string;
  __apiType?: (variables: TVariables) => TData;
}

/** Sent with every request, for example `{ authorization: … }`; a function is called each time. */
export type HeadersSource =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** Timeout for one request. Shorter: slow networks fail; longer: a dead network is noticed later. */
const REQUEST_MS = 20_000;

export interface HttpOptions {
  /** The URL of the GraphQL endpoint. */
  endpoint: string;
  fetch: typeof globalThis.fetch;
  headers: HeadersSource | undefined;
  /** Aborts every request. */
  disposal: AbortSignal;
}

/** @throws the reason of `signal` when it fires while a function of the caller is pending */
export async function headersOf(
  source: HeadersSource | undefined,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const headers = typeof source === 'function' ? source() : (source ?? {});
  if (!(headers instanceof Promise) || !signal) return headers;
  return unlessAborted(headers, signal);
}

/**
 * Sends one operation.
 * @param headMs timeout for the head of the response
 * @throws `NetworkError` without an answer, `RequestError` when the answer contains an error, the reason of `signal` when
 * aborted
 */
export async function sendOperation<TData>(
  options: HttpOptions,
  operation: { query: string; variables?: unknown },
  signal?: AbortSignal,
  headMs = REQUEST_MS,
): Promise<TData> {
  const asked = signal ? AbortSignal.any([signal, options.disposal]) : options.disposal;
  asked.throwIfAborted();
  const noHead = new AbortController();
  const headDeadline = setTimeout(() => noHead.abort(new Error('The server did not answer in time.')), headMs);
  const limited = AbortSignal.any([asked, noHead.signal, AbortSignal.timeout(REQUEST_MS)]);
  let response: Response;
  let text: string;
  try {
    response = await options.fetch(options.endpoint, {
      method: 'POST',
      headers: {
        ...(await headersOf(options.headers, limited)),
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: JSON.stringify(operation),
      signal: limited,
    });
    clearTimeout(headDeadline);
    text = await response.text();
  } catch (error) {
    if (asked.aborted) throw asked.reason;
    throw new NetworkError(error);
  } finally {
    clearTimeout(headDeadline);
  }
  const answer = answerOf<TData>(text);
  if (answer?.errors?.length) throw requestErrorOf(answer.errors);
  if (answer?.data) return answer.data;
  throw withoutAnswer(response);
}

function answerOf<TData>(text: string): { data?: TData | null; errors?: readonly GraphqlErrorAnswer[] } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    // The page of a proxy, not an answer of the server; the status tells what happened.
    return null;
  }
}

/** Temporary statuses below 500: request timeout, too early, too many requests. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

function withoutAnswer(response: Response): RequestError {
  const retryable = response.status >= 500 || passing.has(response.status);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RequestError(
    retryable
      ? 'The server cannot answer at the moment. Try again in a few seconds.'
      : 'The server refused to answer. Check its address and the request.',
    {
      code: retryable ? 'UNAVAILABLE' : 'BAD_USER_INPUT',
      retryable,
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
      requestId: response.headers.get('x-request-id'),
    },
  );
}
