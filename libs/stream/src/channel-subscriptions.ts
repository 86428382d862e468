/**
 * The Redis channels that this process listens to. Subscriptions are repeated after every reconnect, and for as long as
 * Redis refuses them.
 *
 * `graphql-redis-subscriptions` parses each message once and passes it to all listeners. It cannot recover from a refused
 * SUBSCRIBE (the request stays pending until the process ends), so subscribing is done here.
 */
import { EventEmitter } from 'node:events';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Redis } from 'ioredis';

type ChannelListener = (message: unknown) => void;

export interface Listening {
  /** Resolves when Redis has confirmed the channel, however long that takes. Never rejects. */
  readonly confirmed: Promise<void>;
  /** Stops listening, whether confirmed or not. Idempotent. */
  stop(): void;
}

interface Channel {
  listeners: number;
  confirmed: PromiseWithResolvers<void>;
  retry: NodeJS.Timeout | null;
}

/** Delay before a refused channel is tried again. Shorter: messages resume sooner, at the cost of more commands. */
const retryMs = 1_000;

export class ChannelSubscriptions {
  private readonly channels = new Map<string, Channel>();
  private readonly messages = new EventEmitter();
  private readonly pubSub: RedisPubSub;

  /** @param subscriber a `subscriber` of `createRedis`; not closed here */
  constructor(private readonly subscriberConnection: Redis) {
    this.pubSub = new RedisPubSub({ subscriber: subscribed(this.messages), publisher: subscriberConnection });
    subscriberConnection.on('message', this.deliver);
    subscriberConnection.on('ready', this.subscribeAll);
  }

  /** How many channels have listeners. */
  get size(): number {
    return this.channels.size;
  }

  /** Calls `listener` with every message of the channel, parsed once for all listeners. Waits while Redis is away. */
  listen(name: string, listener: ChannelListener): Listening {
    const channel = this.channels.get(name) ?? this.enter(name);
    channel.listeners += 1;
    const subscription = this.pubSub.subscribe(name, listener);
    let stopped = false;
    return {
      confirmed: channel.confirmed.promise,
      stop: () => {
        if (stopped) return;
        stopped = true;
        void subscription.then((id) => this.pubSub.unsubscribe(id));
        channel.listeners -= 1;
        if (channel.listeners === 0) this.leave(name);
      },
    };
  }

  /** Detaches from the connection. Listeners receive nothing more. */
  close(): void {
    this.subscriberConnection.off('message', this.deliver);
    this.subscriberConnection.off('ready', this.subscribeAll);
    for (const name of [...this.channels.keys()]) this.leave(name);
  }

  private readonly subscribeAll = (): void => {
    for (const [name, channel] of this.channels) void this.subscribe(name, channel);
  };

  private async subscribe(name: string, channel: Channel): Promise<void> {
    try {
      await this.subscriberConnection.subscribe(name);
      channel.confirmed.resolve();
    } catch (error) {
      // No retry when the listeners have left or the connection is closed for good.
      if (this.channels.get(name) !== channel || this.subscriberConnection.status === 'end') return;
      this.subscriberConnection.emit('error', error);
      channel.retry ??= setTimeout(() => {
        channel.retry = null;
        void this.subscribe(name, channel);
      }, retryMs).unref();
    }
  }

  private enter(name: string): Channel {
    const channel: Channel = { listeners: 0, confirmed: Promise.withResolvers(), retry: null };
    this.channels.set(name, channel);
    void this.subscribe(name, channel);
    return channel;
  }

  private leave(name: string): void {
    const retry = this.channels.get(name)?.retry;
    if (retry) clearTimeout(retry);
    this.channels.delete(name);
    // When the connection ends, it leaves all its channels anyway.
    this.subscriberConnection.unsubscribe(name).catch(() => undefined);
  }

  private readonly deliver = (name: string, text: string): void => {
    this.messages.emit('message', name, text);
  };
}

/** The connection as `RedisPubSub` sees it: it emits messages, and every channel counts as subscribed already. */
function subscribed(messages: EventEmitter): Redis {
  const connection = {
    subscribe: (_channel: string, done: (error: null) => void) => done(null),
    unsubscribe: () => undefined,
    punsubscribe: () => undefined,
  };
  return Object.assign(messages, connection) as unknown as Redis;
}
