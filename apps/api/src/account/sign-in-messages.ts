/**
 * What passes between the server and the sign-in library. The library gets requests that are written here, from bodies that
 * have been parsed and limited: it sees no address, no stream and no header that a client could use to reach other routes.
 */
import type { Request as ServerRequest, Response as ServerResponse } from 'express';

/** Set by us on each request, whatever the client sent. */
export const ADDRESS_HEADER = 'x-holdfast-client-address';

/** What the library may know of a client's headers: who asks, and from which page. */
const PASSED_ON = [
  'host',
  'origin',
  'referer',
  'cookie',
  'authorization',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
] as const;

/** Nothing that a person types is longer. */
const TEXT_CHARS = 1_000;
const FIELDS = 10;

export interface BodyRefusal {
  status: 400 | 415;
  message: string;
}

/** Why the body is not accepted; `null` if it is, or if there is none. */
export function bodyRefusal({ method, headers, body }: Pick<ServerRequest, 'method' | 'headers' | 'body'>) {
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  const refusal = (status: BodyRefusal['status'], message: string): BodyRefusal => ({ status, message });
  // What is not JSON has not been parsed, and nobody reads it later.
  const isUnread = body === undefined && (isSent || !isJson(headers['content-type'] ?? 'application/json'));
  if (method === 'GET') return isSent ? refusal(400, 'This request has no body.') : null;
  if (isUnread) return refusal(415, 'The body must be JSON, as application/json.');
  return body === undefined || isSmall(body) ? null : refusal(400, 'The body must be JSON with short texts.');
}

function isJson(type: string): boolean {
  return type.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function isSmall(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const values = Object.values(body);
  return values.length <= FIELDS && values.every((value) => typeof value !== 'object' && isShort(String(value)));
}

function isShort(text: string): boolean {
  // Postgres cannot store NUL.
  return text.length <= TEXT_CHARS && !text.includes('\0');
}

/**
 * The request as the library gets it.
 * @param url of the route; nothing in it comes from the client
 */
export function libraryRequest(request: ServerRequest, url: URL, address: string): Request {
  const headers = new Headers({ [ADDRESS_HEADER]: address });
  for (const name of PASSED_ON) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  if (request.method === 'GET') return new Request(url, { headers });
  const body: unknown = request.body;
  if (body === undefined) return new Request(url, { method: request.method, headers });
  headers.set('content-type', 'application/json');
  return new Request(url, { method: request.method, headers, body: JSON.stringify(body) });
}

/** Sends the library's answer on, without the token of a session in the body. */
export async function sendAnswer(answer: Response, response: ServerResponse): Promise<void> {
  const text = withoutTokens(await answer.text());
  for (const [name, value] of answer.headers) {
    if (name !== 'set-cookie' && name !== 'content-length') response.setHeader(name, value);
  }
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.status(answer.status).setHeader('Cache-Control', 'no-store').end(text);
}

/** The page has a cookie that scripts cannot read, and programs have `set-auth-token`. */
function withoutTokens(text: string): string {
  if (!text.includes('"token"')) return text;
  return JSON.stringify(JSON.parse(text, (key, value: unknown) => (key === 'token' ? undefined : value)));
}
