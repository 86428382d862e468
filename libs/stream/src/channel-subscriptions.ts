/**
 * Who listens to which channel of Redis in this process. Owns what one connection is subscribed to: asks for it again
 * after every reconnect, and as long as Redis refuses. Never publishes.
 *
 * Not `graphql-redis-subscriptions`: it cannot get over a SUBSCRIBE that was refused. It keeps what was asked for as
 * pending until the process ends, so that nobody may ask again, or rejects a promise that nobody holds.
 */
import type { Redis } from 'ioredis';
import { type Deferred, deferred } from './deferred.js';

type ChannelListener = (message: unknown) => void;

export interface Listening {
  /** Resolves when Redis has confirmed the channel, however long that takes. Never rejects. */
  readonly confirmed: Promise<void>;
  /** Ends it, confirmed or not. Twice is harmless. */
  stop(): void;
}

interface Channel {
  listeners: Set<ChannelListener>;
  confirmed: Deferred<void>;
  retry: NodeJS.Timeout | null;
}

/** How long a refused channel waits for its next try. Shorter: messages come sooner again; more commands meanwhile. */
const retryMs = 1_000;

export class ChannelSubscriptions {
  private readonly channels = new Map<string, Channel>();

  /** @param subscriber a `subscriber` of `createRedis`; not closed here */
  constructor(private readonly subscriber: Redis) {
    subscriber.on('message', this.deliver);
    subscriber.on('ready', this.subscribeAll);
  }

  /** How many channels have listeners. */
  get size(): number {
    return this.channels.size;
  }

  /** Calls `listener` with every message of the channel, parsed once for all. Waits for Redis while it is away. */
  listen(name: string, listener: ChannelListener): Listening {
    let channel = this.channels.get(name);
    if (!channel) {
      channel = { listeners: new Set(), confirmed: deferred(), retry: null };
      this.channels.set(name, channel);
      void this.subscribe(name, channel);
    }
    const { listeners, confirmed } = channel;
    listeners.add(listener);
    return {
      confirmed: confirmed.promise,
      stop: () => {
        if (listeners.delete(listener) && listeners.size === 0) this.leave(name);
      },
    };
  }

  /** Lets go of the connection. Listeners hear nothing any more. */
  close(): void {
    this.subscriber.off('message', this.deliver);
    this.subscriber.off('ready', this.subscribeAll);
    for (const name of [...this.channels.keys()]) this.leave(name);
  }

  private readonly subscribeAll = (): void => {
    for (const [name, channel] of this.channels) void this.subscribe(name, channel);
  };

  private async subscribe(name: string, channel: Channel): Promise<void> {
    try {
      await this.subscriber.subscribe(name);
      channel.confirmed.resolve();
    } catch (error) {
      // Whoever has left, or has closed the connection for good, is not waiting for an answer.
      if (this.channels.get(name) !== channel || this.subscriber.status === 'end') return;
      this.subscriber.emit('error', error);
      channel.retry ??= setTimeout(() => {
        channel.retry = null;
        void this.subscribe(name, channel);
      }, retryMs).unref();
    }
  }

  private leave(name: string): void {
    const retry = this.channels.get(name)?.retry;
    if (retry) clearTimeout(retry);
    this.channels.delete(name);
    // A connection that ends has left all its channels.
    this.subscriber.unsubscribe(name).catch(() => undefined);
  }

  private readonly deliver = (name: string, text: string): void => {
    const channel = this.channels.get(name);
    if (!channel) return;
    const message = parsed(text);
    for (const listener of channel.listeners) listener(message);
  };
}

/** What is no JSON is handed over as it is: listeners know their own messages. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
