/**
 * Follows any subscription of the schema and reconnects by itself. Events that occur while the connection is lost are not
 * delivered.
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
   * Called after each try to reconnect: read what may have changed meanwhile. The result may still be slightly out of date.
   * When set, the subscription holds no connection where no WebSocket can be opened: this is then called every 15 to 25
   * seconds, and `next` is not.
   */
  resumed?(): void;
  /** Refused for good, with the reason; nothing follows. */
  refused?(message: string): void;
}

export interface WatchOptions {
  socket: SubscribingSocket;
  connectivity: Connectivity;
  /** Ends the subscription for good. */
  signal: AbortSignal;
  /** A number in [0, 1) for the jitter. */
  random?: () => number;
}

/** A subscription that lasted this long counts as healthy: the next loss is retried quickly. */
const SOUND_MS = 30_000;
/** Interval of `resumed` where nothing is pushed. Shorter: more reads; longer: changes by others appear later. */
const ASK_MS = 15_000;
/** Random extra time, so that many pages do not poll at once. */
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
