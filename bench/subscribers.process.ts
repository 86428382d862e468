/**
 * Many subscribers in a separate process: their sockets, and the ages of the chunks delivered. It parses as little as
 * possible, because on a small machine every microsecond spent here is taken from the servers.
 */
import { type ClientRequest, get } from 'node:http';
import type { WebSocket } from 'ws';
import { connectSocket, subscribe } from './api-socket.ts';
import { percentile } from './benchmark-row.ts';
import { eachMoment, nowMicros } from './chunk-source.ts';
import { answerCalls } from './forked-process.ts';

/** How many subscribers connect at the same time. */
const CONNECTING_AT_ONCE = 50;

export interface ApiSubscribers {
  apiUrl: string;
  workflowId: string;
  count: number;
  perSocket: number;
}

export interface Ages {
  p50Ms: number;
  p99Ms: number;
  /** Chunks delivered to all subscribers together. */
  chunks: number;
  /** The fraction delivered of all expected chunks. */
  delivered: number;
  /** Frames of a WebSocket, or pieces of an HTTP response. */
  reads: number;
}

interface Subscriber {
  id: string;
  cursor: string | null;
  onCaughtUp: (() => void) | null;
}

let ages: number[] = [];
let reads = 0;
let expected = Number.POSITIVE_INFINITY;
let onAll: () => void = () => undefined;
let sockets: { socket: WebSocket; subscribers: Subscriber[] }[] = [];
let requests: ClientRequest[] = [];

function take(text: string): void {
  const now = nowMicros();
  reads += 1;
  eachMoment(text, (madeAt) => ages.push((now - madeAt) / 1_000));
  if (ages.length >= expected) onAll();
}

const frameShape = /"id":"([^"]+)".*?"cursor":"([^"]+)","caughtUp":(true|false)/;

async function openSocket({ apiUrl, workflowId }: ApiSubscribers, subscribers: Subscriber[]): Promise<void> {
  const socket = await connectSocket(apiUrl);
  sockets.push({ socket, subscribers });
  const byId = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]));
  const allCaughtUp = subscribers.map(
    (subscriber) => new Promise<void>((resolve) => Object.assign(subscriber, { onCaughtUp: resolve })),
  );
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    take(text);
    const [, id = '', cursor = null, caughtUp] = frameShape.exec(text.slice(0, 300)) ?? [];
    const subscriber = byId.get(id);
    if (!subscriber) return;
    subscriber.cursor = cursor;
    if (caughtUp === 'true') subscriber.onCaughtUp?.();
  });
  for (const subscriber of subscribers) subscribe(socket, subscriber.id, workflowId, subscriber.cursor);
  await Promise.all(allCaughtUp);
}

function follow(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false }, (response) => {
      let rest = '';
      response.setEncoding('latin1').on('data', (piece: string) => {
        const text = rest + piece;
        const end = text.lastIndexOf('\n') + 1;
        rest = text.slice(end);
        if (end > 0) take(text.slice(0, end));
      });
      resolve();
    });
    sent.on('error', reject);
    requests.push(sent);
  });
}

async function inGroups(works: (() => Promise<void>)[], size: number): Promise<void> {
  const waiting = [...works];
  const next = async (): Promise<void> => {
    for (let work = waiting.shift(); work; work = waiting.shift()) await work();
  };
  await Promise.all(Array.from({ length: size }, next));
}

answerCalls({
  openApi: async (options: ApiSubscribers): Promise<void> => {
    const groups = Array.from({ length: Math.ceil(options.count / options.perSocket) }, (_, group) =>
      Array.from({ length: Math.min(options.perSocket, options.count - group * options.perSocket) }, (_, at) => ({
        id: `v${group}-${at}`,
        cursor: null,
        onCaughtUp: null,
      })),
    );
    await inGroups(
      groups.map((subscribers) => () => openSocket(options, subscribers)),
      CONNECTING_AT_ONCE,
    );
  },
  openHttp: async ({ url, count }: { url: string; count: number }): Promise<void> => {
    await inGroups(
      Array.from({ length: count }, () => () => follow(url)),
      CONNECTING_AT_ONCE,
    );
  },
  forget: (): void => {
    ages = [];
    reads = 0;
  },
  /** Waits until all chunks have arrived, or until the time is over, and returns their ages. */
  collect: async ({ chunks, withinMs }: { chunks: number; withinMs: number }): Promise<Ages> => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      onAll = () => {
        clearTimeout(timer);
        resolve();
      };
      expected = chunks;
      if (ages.length >= chunks) onAll();
    });
    expected = Number.POSITIVE_INFINITY;
    const share = ages.length / chunks;
    return {
      p50Ms: percentile(ages, 0.5),
      p99Ms: percentile(ages, 0.99),
      chunks: ages.length,
      delivered: share,
      reads,
    };
  },
  /** Cuts every socket without a close frame, as a network does. */
  cut: async (): Promise<void> => {
    await Promise.all(
      sockets.map(({ socket }) => {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.terminate();
        return closed;
      }),
    );
    for (const request of requests) request.on('error', () => undefined).destroy();
    requests = [];
  },
  /** All reconnect at the same moment, from their own cursors; returns how many milliseconds each took to catch up. */
  storm: async (options: ApiSubscribers): Promise<number[]> => {
    const all = sockets.map(({ subscribers }) => subscribers);
    sockets = [];
    const start = performance.now();
    const times: number[] = [];
    await Promise.all(
      all.map(async (subscribers) => {
        await openSocket(options, subscribers);
        times.push(performance.now() - start);
      }),
    );
    return times;
  },
  leave: (): void => {
    sockets = [];
  },
});
