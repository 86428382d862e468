/**
 * Signals to all workers. Owns their channel and shape. A signal may get lost: what it says stands in Postgres before it
 * is sent, and is found there without it.
 */
import type { Redis } from 'ioredis';
import { isId, type RunId } from '#libs/contracts';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { controlChannelName } from './stream.keys.js';

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
    subscriber: Redis,
    private readonly command: Redis,
  ) {
    this.channels = new ChannelSubscriptions(subscriber);
  }

  /** Tells every worker that a run is to stop. False when Redis did not take the signal within its time. Never rejects. */
  async publishCancel(runId: RunId): Promise<boolean> {
    const signal: CancelSignal = { type: 'cancel', runId };
    try {
      await this.command.publish(controlChannelName, JSON.stringify(signal));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Calls `listener` for every signal. Resolves, with the way to stop, when Redis has confirmed: while Redis is away that
   * is when it is back, so a start-up should not wait for it.
   */
  async onCancel(listener: (runId: RunId) => void): Promise<() => Promise<void>> {
    const listening = this.channels.listen(controlChannelName, (message) => {
      if (isCancelSignal(message)) listener(message.runId);
    });
    await listening.confirmed;
    return async () => listening.stop();
  }
}
