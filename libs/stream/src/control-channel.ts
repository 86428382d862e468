/**
 * Signals to all workers. Owns their channel and shape. A signal may get lost: what it says stands in Postgres before it
 * is sent, and is found there without it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isId, type RunId } from '#libs/contracts';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { nodesOf } from './redis-connection.js';
import { controlChannel } from './stream.keys.js';

/** Nobody is kept waiting longer for a number that only informs. */
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

  /** Tells every worker that a run is to stop. False when Redis did not take the signal within its time. Never rejects. */
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
   * How many workers listen, which they do as long as they live: the system closes the connection of one that was killed.
   * Null when Redis does not answer in time. Never rejects.
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

  /** The nodes of a cluster know their own connections only. */
  private async countListeners(): Promise<number> {
    const channel = controlChannel(this.prefix);
    const nodes = await nodesOf(this.command, 'all');
    const counts = await Promise.all(nodes.map(async (node) => Number((await node.pubsub('NUMSUB', channel))[1])));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Calls `listener` for every signal. Resolves, with the way to stop, when Redis has confirmed: while Redis is away that
   * is when it is back, so a start-up should not wait for it.
   */
  async onCancel(listener: (runId: RunId) => void): Promise<() => Promise<void>> {
    const listening = this.channels.listen(controlChannel(this.prefix), (message) => {
      if (isCancelSignal(message)) listener(message.runId);
    });
    await listening.confirmed;
    return async () => listening.stop();
  }
}
