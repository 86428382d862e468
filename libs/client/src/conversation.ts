/**
 * The messages of a workflow while they grow. Owns their order and their folds; knows no cursor and no status.
 */
import type { UIMessageChunk } from './contracts.js';
import { MessageFold } from './message-fold.js';
import type { MessageState } from './workflow-state.js';
import type { MessageSnapshot } from './workflow-transport.port.js';

interface Entry {
  state: MessageState;
  /** What folding starts from when the first new chunk arrives. */
  seed: readonly UIMessageChunk[];
  fold: MessageFold | null;
  dirty: boolean;
}

export class Conversation {
  private readonly entries: Entry[];
  private published: readonly MessageState[];

  constructor(messages: readonly MessageSnapshot[]) {
    this.entries = messages.map(({ chunks, ...state }) => ({ state, seed: chunks, fold: null, dirty: false }));
    this.published = this.entries.map((entry) => entry.state);
  }

  /** Whether something was pushed that is not folded yet. */
  get unsettled(): boolean {
    return this.entries.some((entry) => entry.dirty);
  }

  /** Adds chunks behind everything that the message already holds; an unknown message is a new one of the assistant. */
  push(messageId: string, runId: string, chunks: readonly UIMessageChunk[]): void {
    let entry = this.entries.find((candidate) => candidate.state.id === messageId);
    if (!entry) {
      entry = {
        state: { id: messageId, role: 'assistant', runId, parts: [], complete: false, createdAt: null },
        seed: [],
        fold: null,
        dirty: false,
      };
      this.entries.push(entry);
    }
    entry.fold ??= new MessageFold(messageId, entry.seed);
    entry.seed = [];
    entry.fold.push(chunks);
    entry.dirty = true;
  }

  /** Marks the messages of a run that ended. */
  complete(runId: string): void {
    for (const entry of this.entries) {
      if (entry.state.runId === runId && !entry.state.complete) entry.state = { ...entry.state, complete: true };
    }
  }

  /**
   * Folds what was pushed before this call. Calls must not overlap.
   * @returns all messages in order; a new array only when one of them changed
   * @throws when chunks do not fit a message; only a snapshot helps then
   */
  async settle(): Promise<readonly MessageState[]> {
    for (const entry of this.entries) {
      if (!entry.dirty || !entry.fold) continue;
      entry.dirty = false;
      const parts = await entry.fold.settle();
      if (parts !== entry.state.parts) entry.state = { ...entry.state, parts };
    }
    const states = this.entries.map((entry) => entry.state);
    const same = states.length === this.published.length && states.every((state, at) => state === this.published[at]);
    if (!same) this.published = states;
    return this.published;
  }
}
