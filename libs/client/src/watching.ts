/**
 * Any subscription of the schema, followed for as long as somebody wants it. Owns coming back; promises no more than the
 * server does: what happens while the connection is lost is not told.
 */
import type { Connectivity } from './device.js';
import { lossOfSocket } from './graphql-transport.js';
import { askInstead } from './live-connections.js';
import type { SubscribingSocket } from './live-sockets.js';
import { RetryTimer } from './retry-timer.js';
import type { TransportLoss } from './workflow-transport.port.js';

export interface WatchSink<TData> {
  next(data: TData): void;
  /**
   * Comes back after a loss, once for each try: read what may have changed meanwhile. What is read may be a moment too old.
   * With it, a subscription holds no connection where no WebSocket can be opened: this is called every 15 to 25 seconds
   * instead, and `next` is not.
   */
  resumed?(): void;
  /** Refused for good, which the message explains; nothing follows. */
  refused?(message: string): void;
}

export interface WatchOptions {
  socket: SubscribingSocket;
  connectivity: Connectivity;
  /** Ends it for good. */
  signal: AbortSignal;
  /** A number in [0, 1) for the jitter. */
  random?: () => number;
}

/** A subscription that has lasted this long was a good one: the next loss is answered quickly. */
const SOUND_MS = 30_000;
/** Where nothing is told, how often `resumed` is called. Shorter: more reads; longer: what others did shows later. */
const ASK_MS = 15_000;
/** By how much these times differ, so that many pages do not ask at once. */
const ASK_JITTER_MS = 10_000;

/** Subscribes until the returned function is called. */
export function watch<TData>(
  { socket, connectivity, signal, random = Math.random }: WatchOptions,
  operation: { query: string; variables?: Record<string, unknown> | undefined },
  sink: WatchSink<TData>,
): () => void {
  let failed = 0;
  let end: () => void = () => undefined;
  const next = new RetryTimer(resume, random);

  function subscribe() {
    const startedAt = Date.now();
    let over = false;
    const lose = (loss: TransportLoss) => {
      if (over || signal.aborted) return;
      over = true;
      if (loss.kind !== 'retryable') {
        sink.refused?.(loss.message);
        return;
      }
      failed = Date.now() - startedAt > SOUND_MS ? 1 : failed + 1;
      next.schedule(failed, loss.retryAfterMs ?? 0);
    };
    const ask = () => {
      if (over || signal.aborted) return;
      over = true;
      failed = 0;
      next.scheduleIn(ASK_MS + random() * ASK_JITTER_MS);
    };
    const stop = socket.subscribe<TData>(operation, {
      next({ data, errors }) {
        if (errors?.length) lose(lossOfSocket(errors));
        else if (data && !over) sink.next(data);
      },
      error: (error) => (error === askInstead ? ask() : lose(lossOfSocket(error))),
      complete: () => lose({ kind: 'retryable', message: 'The server ended the subscription.' }),
    });
    end = () => {
      over = true;
      stop();
    };
  }

  function resume() {
    next.cancel();
    end();
    subscribe();
    sink.resumed?.();
  }

  function finish() {
    next.stop();
    signal.removeEventListener('abort', finish);
    end();
  }

  next.listenTo(connectivity);
  signal.addEventListener('abort', finish, { once: true });
  if (signal.aborted) finish();
  else subscribe();
  return finish;
}
