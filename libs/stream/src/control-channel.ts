/**
 * Signals to all workers. A signal may get lost: the fact behind it is in Postgres before the signal is sent, and workers
 * also find it there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isId, type RunId } from '#libs/contracts';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { nodesOf } from './redis-connection.js';
import { controlChannel } from './stream.keys.js';

/** The number is informative only, so the caller does not wait longer for it. */
const answerWithinMs = 1_000;

interface CancelSignal {
  type: 'cancel';
  runId: RunId;
}

function isCancelSignal(message: unknown): message is CancelSignal {
  if (typeof message !== 'object' || message === null) return false;
  const { type, runId } = message as Partial<Record<keyof CancelSignal, unknown>>;
  return type === 'cancel' && isId('run', runId);
}

export class ControlChannel {
  private readonly channels: ChannelSubscriptions;

  /** Both connections must be made by `createRedis`; neither is closed here. */
  constructor(
    subscriberConnection: Redis,
    private readonly command: Redis,
    private readonly prefix = '',
  ) {
    this.channels = new ChannelSubscriptions(subscriberConnection);
  }

  /** Tells every worker that a run is to stop. Returns false when Redis did not accept the signal in time. Never rejects. */
  async publishCancel(runId: RunId): Promise<boolean> {
    const signal: CancelSignal = { type: 'cancel', runId };
    try {
      await this.command.publish(controlChannel(this.prefix), JSON.stringify(signal));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The number of listening workers. A worker listens for as long as it lives; the operating system closes the connection
   * of a killed one. Null when Redis does not answer in time. Never rejects.
   */
  async workersAlive(): Promise<number | null> {
    try {
      const answer = this.countListeners();
      answer.catch(() => undefined);
      return await Promise.race([answer, delay(answerWithinMs, null, { ref: false })]);
    } catch {
      return null;
    }
  }

  /** Cluster nodes only know their own connections. */
  private async countListeners(): Promise<number> {
    const channel = controlChannel(this.prefix);
    const nodes = await nodesOf(this.command, 'all');
    const counts = await Promise.all(nodes.map(async (node) => Number((await node.pubsub('NUMSUB', channel))[1])));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Calls `listener` for every signal. Resolves with a function that stops listening once Redis has confirmed. While Redis
   * is away this waits until it is back, so start-up should not wait for it.
   */
  async onCancel(listener: (runId: RunId) => void): Promise<() => Promise<void>> {
    const listening = this.channels.listen(controlChannel(this.prefix), (message) => {
      if (isCancelSignal(message)) listener(message.runId);
    });
    await listening.confirmed;
    return async () => listening.stop();
  }
}
