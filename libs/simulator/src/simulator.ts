/**
 * The HTTP server: routes, authorisation, error answers, the request log. It listens on loopback by default and accepts any
 * key, because it protects nothing and costs nothing.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isKnownHost, isKnownOrigin, ownValue } from '#libs/contracts';
import { Airline } from './airline/airline.js';
import { answerAirline } from './airline/airline-routes.js';
import { answerRequest } from './answer-request.js';
import type { Conversation } from './conversation.js';
import { FaultLedger } from './faults/fault-ledger.js';
import { readJsonBody } from './read-body.js';
import { promptHash, RequestLog, type SimulatedRequest } from './request-log.js';
import { requireLoopback } from './require-loopback.js';
import { ResponseSink } from './response-sink.js';
import { parseChatRequest, parseResponsesRequest } from './wire/parse-request.js';
import { WireError } from './wire/wire-error.js';

/** The id of the only model. Requests for any other id are answered too, under that id. */
export const SIMULATOR_MODEL = 'simulator';

export interface SimulatorOptions {
  /** 0 (the default) uses a free port. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Host names accepted besides loopback and IP addresses, such as `simulator:4010` between containers. */
  names?: readonly string[];
  /** Deltas per second; 0 (the default) sends as fast as the client reads. */
  tokensPerSecond?: number;
  /** The same seed and the same request give the same bytes. Default `holdfast`. */
  seed?: string;
  /** Seconds after a booking until the demo airline opens its check-in; default 60. */
  checkInAfterSeconds?: number;
  /** Called with the log entry of each request when it has ended. */
  log?: (entry: SimulatedRequest) => void;
  /** A file that receives each log entry as a line of JSON, written before the next request is answered. */
  logFile?: string;
}

export interface Simulator {
  /** `http://host:port` */
  url: string;
  /** The base URL for an OpenAI client: `http://host:port/v1` */
  baseUrl: string;
  port: number;
  /** Ended requests, oldest first; at most the last 10,000. */
  readonly requests: readonly SimulatedRequest[];
  /** Closes open connections and stops listening. Idempotent. */
  close(): Promise<void>;
}

const LOG_CAPACITY = 10_000;
const parsers: ReadonlyMap<string, (body: unknown) => Conversation> = new Map([
  ['/v1/responses', parseResponsesRequest],
  ['/v1/chat/completions', parseChatRequest],
]);

/**
 * Starts a simulator and resolves when it listens.
 *
 * @throws the error of `listen`, such as `EADDRINUSE`.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const log = new RequestLog({ capacity: LOG_CAPACITY, file: options.logFile, listener: options.log });
  const ledger = new FaultLedger();
  const airline = new Airline(options.checkInAfterSeconds ?? 60);

  const model = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    const startedAt = performance.now();
    const at = new Date().toISOString();
    try {
      requireKey(request);
      const sink = new ResponseSink(response);
      const conversation = parsers.get(path)?.(await readJsonBody(request));
      if (conversation === undefined) throw new WireError(404, `Unknown address ${path}.`);
      const settings = {
        seed: options.seed ?? 'holdfast',
        tokensPerSecond: options.tokensPerSecond ?? 0,
        ledger,
        path,
      };
      log.add(await answerRequest(conversation, response, sink, settings));
    } catch (error) {
      const refusal = sendError(response, error);
      const durationMs = Math.round(performance.now() - startedAt);
      log.add({ ...unreadRequest(path), at, durationMs, outcome: `rejected:${refusal.status}` });
    }
  };

  const server = createServer((request, response) => {
    let url: URL;
    try {
      url = addressOf(request, options.names ?? []);
    } catch (error) {
      sendError(response, error);
      return;
    }
    const path = url.pathname;
    if (path.startsWith('/airline/')) {
      answerAirline(airline, url, request, response).catch((error: unknown) => sendError(response, error));
      return;
    }
    if (parsers.has(path) && request.method === 'POST') {
      void model(path, request, response);
      return;
    }
    try {
      answerOther(
        path,
        request,
        response,
        () => {
          log.clear();
          ledger.reset();
        },
        log.entries,
      );
    } catch (error) {
      sendError(response, error);
    }
  });
  server.requestTimeout = 60_000;
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');

  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    port,
    get requests() {
      return log.entries;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @throws WireError when the request has an unknown host name, comes from another site's page, or has no valid address. */
function addressOf(request: IncomingMessage, names: readonly string[]): URL {
  const { host, origin } = request.headers;
  if (!isKnownHost(host, names)) {
    throw new WireError(
      421,
      'This server does not go by that name. Use localhost, or add it to HOLDFAST_SIMULATOR_NAMES.',
    );
  }
  if (!isKnownOrigin({ origin, host }, [])) throw new WireError(403, 'Pages of other sites may not use this server.');
  const url = request.url ?? '/';
  if (!URL.canParse(url, 'http://localhost')) throw new WireError(400, 'The request names no address.');
  return new URL(url, 'http://localhost');
}

function answerOther(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  forget: () => void,
  entries: readonly SimulatedRequest[],
): void {
  const methods = ownValue(allowedMethods, path);
  if (methods === undefined) throw new WireError(404, `Unknown request URL: ${request.method} ${path}.`);
  if (!methods.includes(request.method ?? '')) {
    throw new WireError(405, `Not allowed to ${request.method} on ${path}.`, undefined, null, null, {
      allow: methods.join(', '),
    });
  }
  let answer: unknown;
  if (path === '/simulator/requests') {
    requireLoopback(request);
    if (request.method === 'DELETE') forget();
    answer = { requests: request.method === 'DELETE' ? [] : entries };
  } else {
    requireKey(request);
    answer = path === '/v1/models' ? { object: 'list', data: [modelCard] } : modelCard;
  }
  const body = JSON.stringify(answer);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(body);
}

const allowedMethods: Readonly<Record<string, readonly string[]>> = {
  '/v1/models': ['GET'],
  [`/v1/models/${SIMULATOR_MODEL}`]: ['GET'],
  '/v1/responses': ['POST'],
  '/v1/chat/completions': ['POST'],
  '/simulator/requests': ['GET', 'DELETE'],
};
const modelCard = { id: SIMULATOR_MODEL, object: 'model', created: 1_767_225_600, owned_by: 'holdfast' };

function requireKey(request: IncomingMessage): void {
  if (/^Bearer\s+\S/iu.test(request.headers.authorization ?? '')) return;
  throw new WireError(401, "You didn't provide an API key (any key will do).", undefined, 'missing_api_key');
}

/** Sends the error if that is still possible; anything unexpected becomes a 500 and is printed. */
function sendError(response: ServerResponse, error: unknown): WireError {
  const refusal =
    error instanceof WireError ? error : new WireError(500, 'The simulator failed; see its output.', 'server_error');
  if (refusal !== error) console.error(error);
  if (response.headersSent) {
    response.destroy();
  } else if (!response.destroyed) {
    // The rest of a refused body is not read, so the connection cannot be reused.
    response.writeHead(refusal.status, { 'content-type': 'application/json', connection: 'close', ...refusal.headers });
    response.end(JSON.stringify(refusal));
  }
  return refusal;
}

function unreadRequest(path: string) {
  return {
    path,
    model: '',
    purpose: 'turn' as const,
    callIndex: 0,
    runCall: 0,
    promptHash: promptHash(''),
    prompt: '',
    deltas: 0,
    toolCalls: [],
  };
}
