/**
 * Whose turn it is to add to the assistant's message. Owns the line, first come, first served; never knows what is added.
 *
 * Parallel branches share one message, and `reset-step` takes back whatever the message got since its last start-step. So
 * one step at a time adds to it, from its first chunk until it is settled.
 */
import { abortable } from './abortable.js';

/** A place in the line. */
export interface Turn {
  /** Resolves when the turn has come; never, when the place was left before. */
  readonly come: Promise<void>;
  /** Whether it is this one's turn now. */
  readonly hasCome: boolean;
  /** Gives the turn to the next, or the place up. Idempotent. */
  leave(): void;
}

export class MessageTurns {
  private readonly line: PromiseWithResolvers<void>[] = [];

  /** Takes the last place in the line, which may be the first. It has to be left, whatever happens. */
  join(): Turn {
    const { line } = this;
    const place = Promise.withResolvers<void>();
    line.push(place);
    line[0]?.resolve();
    return {
      come: place.promise,
      get hasCome() {
        return line[0] === place;
      },
      leave: () => {
        const at = line.indexOf(place);
        if (at !== -1) line.splice(at, 1);
        line[0]?.resolve();
      },
    };
  }

  /** Runs `work` in a turn of its own. Rejects with the signal's reason when it fires before the turn has come. */
  async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.join();
    try {
      await abortable(turn.come, signal);
      return await work();
    } finally {
      turn.leave();
    }
  }
}
